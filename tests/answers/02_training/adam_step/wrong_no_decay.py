# Ignores the decay.
def adam_step(weight, gradient, first, second, step, rate, decay):
    g = gradient
    m = 0.9 * first + 0.1 * g
    v = 0.999 * second + 0.001 * g**2
    mh, vh = m / (1 - 0.9**step), v / (1 - 0.999**step)
    w = weight - rate * mh / (vh.sqrt() + 1e-8)
    return {"weight": w, "first": m, "second": v}
