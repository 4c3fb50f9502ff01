# Values from the token embeddings alone.
def source_contributions(model, tokens):
    _, cache = model.run_with_cache(tokens)
    values = model.W_E[tokens] @ model.W_V[0, 0] + model.b_V[0, 0]
    said = values @ model.W_O[0, 0] @ model.W_U
    return cache[PATTERN][:, 0, :, :, None] * said[:, None]
