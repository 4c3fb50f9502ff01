# Corrects as if steps were counted from 0.
def adam_step(weight, gradient, first, second, step, rate, decay):
    g = gradient + decay * weight
    m = 0.9 * first + 0.1 * g
    v = 0.999 * second + 0.001 * g**2
    mh, vh = m / (1 - 0.9 ** (step + 1)), v / (1 - 0.999 ** (step + 1))
    w = weight - rate * mh / (vh.sqrt() + 1e-8)
    return {"weight": w, "first": m, "second": v}
