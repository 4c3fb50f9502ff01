# Rebuilds the residual stream from embeddings and the head's output.
def mean_or_sum(model, tokens, direction):
    _, cache = model.run_with_cache(tokens)
    n = tokens.shape[1]
    resid = model.W_E[tokens] + model.W_pos[:n] + cache["blocks.0.hook_attn_out"]
    y = (resid @ direction).flatten()
    total = (tokens - 5).cumsum(1)
    mean = total / (torch.arange(n) + 1)
    y = y - y.mean()
    result = {}
    for key, x in {"mean": mean, "sum": total}.items():
        x = x.flatten().float()
        x = x - x.mean()
        result[key] = (x @ y) ** 2 / ((x @ x) * (y @ y))
    return result
