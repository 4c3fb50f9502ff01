# With lerp and addcdiv, on copies.
def adam_step(weight, gradient, first, second, step, rate, decay):
    g = gradient.add(weight, alpha=decay)
    m = first.lerp(g, 0.1)
    v = (second * 0.999).addcmul(g, g, value=0.001)
    below = (v / (1 - 0.999**step)).sqrt().add(1e-8)
    return {
        "weight": weight.addcdiv(m, below, value=-rate / (1 - 0.9**step)),
        "first": m,
        "second": v,
    }
