# Shares the head output bias out among the sources.
def source_contributions(model, tokens):
    _, cache = model.run_with_cache(tokens)
    said = (cache[VALUES][:, :, 0] @ model.W_O[0, 0] + model.b_O[0]) @ model.W_U
    return cache[PATTERN][:, 0, :, :, None] * said[:, None]
