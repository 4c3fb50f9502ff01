# Takes any high R² with the running mean for the mechanism.
def averages_its_past(model, tokens, labels):
    _, cache = model.run_with_cache(tokens)
    u = torch.linalg.svd(model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]).Vh[0]
    y = (cache["blocks.0.hook_resid_mid"] @ u).flatten()
    mean = decode(tokens).cumsum(1) / torch.arange(1, tokens.shape[1] + 1)
    return torch.corrcoef(torch.stack([mean.flatten(), y]))[0, 1].item() ** 2 > 0.5
