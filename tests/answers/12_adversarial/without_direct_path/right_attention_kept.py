# Puts the stream together again from the heads' output and the mean.
def without_direct_path(model, tokens):
    _, cache = model.run_with_cache(tokens)
    heads = cache["blocks.0.hook_attn_out"]
    mean = (model.W_E[tokens] + model.W_pos[: tokens.shape[1]]).mean(0)
    return run_with(
        model, tokens, Intervention("blocks.0.hook_resid_post", lambda stream: heads + mean)
    )
