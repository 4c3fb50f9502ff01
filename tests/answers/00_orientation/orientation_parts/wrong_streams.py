# the whole stream after head and neurons, not what they add
def four_parts(model, tokens, position):
    _, cache = model.run_with_cache(tokens)
    return {
        "token": cache["hook_embed"][:, position],
        "position": cache["hook_pos_embed"][:, position],
        "head": cache["blocks.0.hook_resid_mid"][:, position],
        "neurons": cache["blocks.0.hook_resid_post"][:, position],
    }
