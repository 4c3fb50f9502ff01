# Takes the mean over outputs off.
def source_contributions(model, tokens):
    _, cache = model.run_with_cache(tokens)
    W_U = model.W_U - model.W_U.mean(-1, keepdim=True)
    said = cache[VALUES][:, :, 0] @ model.W_O[0, 0] @ W_U
    return cache[PATTERN][:, 0, :, :, None] * said[:, None]
