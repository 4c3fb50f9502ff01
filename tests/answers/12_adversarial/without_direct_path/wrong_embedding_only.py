# Leaves the position's embedding out of what is replaced, and takes a mean over positions.
def without_direct_path(model, tokens):
    _, cache = model.run_with_cache(tokens)
    direct = model.W_E[tokens]
    news = direct - direct.mean((0, 1))
    return run_with(model, tokens, Intervention("blocks.0.hook_resid_post", lambda x: x - news))
