# Reads the stream before the head.
def mean_or_sum(model, tokens, direction):
    _, cache = model.run_with_cache(tokens)
    y = (cache["blocks.0.hook_resid_pre"] @ direction).flatten()
    total = decode(tokens).cumsum(1).float()
    mean = total / torch.arange(1, tokens.shape[1] + 1)
    r2 = lambda x: torch.corrcoef(torch.stack([x.flatten(), y]))[0, 1].item() ** 2
    return {"mean": r2(mean), "sum": r2(total)}
