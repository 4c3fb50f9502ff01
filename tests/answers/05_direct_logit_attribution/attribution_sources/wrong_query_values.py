# Weights the value of the query, not of the source.
def source_contributions(model, tokens):
    _, cache = model.run_with_cache(tokens)
    said = cache[VALUES][:, :, 0] @ model.W_O[0, 0] @ model.W_U
    return cache[PATTERN][:, 0, :, :, None] * said[:, :, None]
