# A line through the origin, then the neuron's bias.
def switch_on(model, tokens):
    _, cache = model.run_with_cache(tokens)
    pre, mean = cache[PRE], running_mean(tokens)[..., None]
    across, up = mean - mean.mean(), pre - pre.mean((0, 1))
    slope = (mean * pre).sum((0, 1)) / (mean**2).sum()
    intercept = pre.mean((0, 1)) - slope * mean.mean()
    intercept = model.b_in[0]
    line = slope * mean + intercept
    agreement = ((line > 0) == (pre > 0)).float().mean((0, 1))
    return {"threshold": -intercept / slope, "agreement": agreement}
