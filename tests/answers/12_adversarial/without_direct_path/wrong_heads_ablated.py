# Ablates the heads instead of the direct path.
def without_direct_path(model, tokens):
    _, cache = model.run_with_cache(tokens)
    direct = cache["blocks.0.hook_resid_pre"]
    news = direct - direct.mean(0)
    return run_with(
        model, tokens, Intervention("blocks.0.hook_attn_out", lambda x: x.mean(0).expand_as(x))
    )
