# What each source would say if it got all the attention, future and all.
def source_contributions(model, tokens):
    _, cache = model.run_with_cache(tokens)
    said = cache[VALUES][:, :, 0] @ model.W_O[0, 0] @ model.W_U
    return said[:, None].expand(-1, tokens.shape[1], -1, -1)
