# Examines the public model instead of the one given.
def switch_on(model, tokens):
    _, cache = load_public("cumsum").run_with_cache(tokens)
    pre, mean = cache[PRE], running_mean(tokens)[..., None]
    across, up = mean - mean.mean(), pre - pre.mean((0, 1))
    slope = (across * up).sum((0, 1)) / (across**2).sum()
    intercept = pre.mean((0, 1)) - slope * mean.mean()
    agreement = ((slope * mean + intercept > 0) == (pre > 0)).float().mean((0, 1))
    return {"threshold": -intercept / slope, "agreement": agreement}
