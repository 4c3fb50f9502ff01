# One minus the residual variance of a numpy line.
import numpy as np


def mean_or_sum(model, tokens, direction):
    _, cache = model.run_with_cache(tokens)
    y = (cache["resid_mid", 0] @ direction).double().numpy().ravel()
    values = tokens.numpy() - 5
    sums = np.cumsum(values, axis=1)
    means = sums / np.arange(1, values.shape[1] + 1)
    out = {}
    for name, x in (("mean", means.ravel()), ("sum", sums.ravel())):
        slope, intercept = np.polyfit(x, y, 1)
        left = y - slope * x - intercept
        out[name] = 1 - (left**2).sum() / ((y - y.mean()) ** 2).sum()
    return out
