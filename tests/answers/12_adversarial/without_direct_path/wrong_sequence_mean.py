# Takes the mean over positions of each list.
def without_direct_path(model, tokens):
    _, cache = model.run_with_cache(tokens)
    direct = cache["blocks.0.hook_resid_pre"]
    news = direct - direct.mean(1, keepdim=True)
    return run_with(model, tokens, Intervention("blocks.0.hook_resid_post", lambda x: x - news))
