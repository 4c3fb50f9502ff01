# In numpy, float64.
import numpy as np


def adam_step(weight, gradient, first, second, step, rate, decay):
    w, g, m, v = (np.asarray(x, dtype=np.float64) for x in (weight, gradient, first, second))
    g = g + decay * w
    m, v = m + (g - m) * 0.1, v + (g * g - v) * 0.001
    size = np.sqrt(v) / np.sqrt(1 - 0.999**step) + 1e-8
    return {"weight": w - rate / (1 - 0.9**step) * m / size, "first": m, "second": v}
