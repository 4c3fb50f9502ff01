# Fits lines through the origin.
def mean_or_sum(model, tokens, direction):
    _, cache = model.run_with_cache(tokens)
    y = (cache["blocks.0.hook_resid_mid"] @ direction).flatten()
    total = decode(tokens).cumsum(1).float()
    mean = total / torch.arange(1, tokens.shape[1] + 1)
    r2 = lambda x: ((x.flatten() @ y) ** 2 / ((x.flatten() @ x.flatten()) * (y @ y))).item()
    return {"mean": r2(mean), "sum": r2(total)}
