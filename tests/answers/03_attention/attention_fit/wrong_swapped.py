# Swaps the two names.
def mean_or_sum(model, tokens, direction):
    _, cache = model.run_with_cache(tokens)
    y = (cache["blocks.0.hook_resid_mid"] @ direction).flatten()
    total = decode(tokens).cumsum(1).float()
    mean = total / torch.arange(1, tokens.shape[1] + 1)
    r2 = lambda x: torch.corrcoef(torch.stack([x.flatten(), y]))[0, 1].item() ** 2
    return {"sum": r2(mean), "mean": r2(total)}
