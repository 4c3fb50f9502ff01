# Ignores the direction it is given and uses the model's u.
def mean_or_sum(model, tokens, direction):
    _, cache = model.run_with_cache(tokens)
    u = torch.linalg.svd(model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]).Vh[0]
    y = (cache["blocks.0.hook_resid_mid"] @ u).flatten()
    total = decode(tokens).cumsum(1).float()
    mean = total / torch.arange(1, tokens.shape[1] + 1)
    r2 = lambda x: torch.corrcoef(torch.stack([x.flatten(), y]))[0, 1].item() ** 2
    return {"mean": r2(mean), "sum": r2(total)}
