# positions counted from one
def four_parts(model, tokens, position):
    _, cache = model.run_with_cache(tokens)
    return {
        "token": cache["hook_embed"][:, position - 1],
        "position": cache["hook_pos_embed"][:, position - 1],
        "head": cache["blocks.0.hook_attn_out"][:, position - 1],
        "neurons": cache["blocks.0.hook_mlp_out"][:, position - 1],
    }
