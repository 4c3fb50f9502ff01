# Squared correlation coefficients by torch.
def mean_or_sum(model, tokens, direction):
    _, cache = model.run_with_cache(tokens)
    stream = cache["blocks.0.hook_resid_mid"] @ direction
    total = decode(tokens).cumsum(dim=1).float()
    mean = total / torch.arange(1, tokens.shape[1] + 1)

    def r2(x):
        return torch.corrcoef(torch.stack([x.flatten(), stream.flatten()]))[0, 1].item() ** 2

    return {"mean": r2(mean), "sum": r2(total)}
