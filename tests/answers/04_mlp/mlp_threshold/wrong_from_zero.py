# Means counted from position 0 (the first guarded).
def switch_on(model, tokens):
    _, cache = model.run_with_cache(tokens)
    pre, mean = (
        cache[PRE],
        (decode(tokens).cumsum(1) / torch.arange(tokens.shape[1]).clamp(min=1))[..., None],
    )
    across, up = mean - mean.mean(), pre - pre.mean((0, 1))
    slope = (across * up).sum((0, 1)) / (across**2).sum()
    intercept = pre.mean((0, 1)) - slope * mean.mean()
    line = slope * mean + intercept
    agreement = ((line > 0) == (pre > 0)).float().mean((0, 1))
    return {"threshold": -intercept / slope, "agreement": agreement}
