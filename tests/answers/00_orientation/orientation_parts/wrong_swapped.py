# token and position have changed places
def four_parts(model, tokens, position):
    _, cache = model.run_with_cache(tokens)
    return {
        "token": cache["hook_pos_embed"][:, position],
        "position": cache["hook_embed"][:, position],
        "head": cache["blocks.0.hook_attn_out"][:, position],
        "neurons": cache["blocks.0.hook_mlp_out"][:, position],
    }
