# Doesn't correct the moments.
def adam_step(weight, gradient, first, second, step, rate, decay):
    g = gradient + decay * weight
    m = 0.9 * first + 0.1 * g
    v = 0.999 * second + 0.001 * g**2
    mh, vh = m, v
    w = weight - rate * mh / (vh.sqrt() + 1e-8)
    return {"weight": w, "first": m, "second": v}
