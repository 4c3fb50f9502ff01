# One einsum over weights and cache.
def source_contributions(model, tokens):
    _, cache = model.run_with_cache(tokens)
    return torch.einsum(
        "bqk,bkd,dm,mo->bqko",
        cache[PATTERN][:, 0],
        cache[VALUES][:, :, 0],
        model.W_O[0, 0],
        model.W_U,
    )
