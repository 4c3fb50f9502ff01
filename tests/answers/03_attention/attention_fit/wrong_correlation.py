# Returns correlations, not squared.
def mean_or_sum(model, tokens, direction):
    _, cache = model.run_with_cache(tokens)
    y = (cache["blocks.0.hook_resid_mid"] @ direction).flatten()
    total = decode(tokens).cumsum(1).float()
    mean = total / torch.arange(1, tokens.shape[1] + 1)
    r = lambda x: torch.corrcoef(torch.stack([x.flatten(), y]))[0, 1].item()
    return {"mean": r(mean), "sum": r(total)}
