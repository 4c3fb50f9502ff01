# 'token' holds the embedding with the position already added
def four_parts(model, tokens, position):
    _, cache = model.run_with_cache(tokens)
    return {
        "token": cache["blocks.0.hook_resid_pre"][:, position],
        "position": cache["hook_pos_embed"][:, position],
        "head": cache["blocks.0.hook_attn_out"][:, position],
        "neurons": cache["blocks.0.hook_mlp_out"][:, position],
    }
