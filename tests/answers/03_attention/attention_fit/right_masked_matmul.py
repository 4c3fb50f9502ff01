# Running mean and sum as matrix products, least squares by torch.
def mean_or_sum(model, tokens, direction):
    n = tokens.shape[1]
    values = decode(tokens).double()
    ones = torch.ones(n, n, dtype=torch.float64).tril()
    averages = values @ (ones / ones.sum(1, keepdim=True)).T
    sums = values @ ones.T
    _, cache = model.run_with_cache(tokens)
    y = (
        torch.einsum("bpm,m->bp", cache["blocks.0.hook_resid_mid"], direction)
        .double()
        .reshape(-1, 1)
    )

    def explained(x):
        design = torch.stack([x.reshape(-1), torch.ones(x.numel(), dtype=torch.float64)], 1)
        fitted = design @ torch.linalg.lstsq(design, y).solution
        return float(1 - (y - fitted).var() / y.var())

    return {"sum": explained(sums), "mean": explained(averages)}
