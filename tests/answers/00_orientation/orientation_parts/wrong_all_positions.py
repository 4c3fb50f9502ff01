# all positions, none picked
def four_parts(model, tokens, position):
    _, cache = model.run_with_cache(tokens)
    return {
        "token": cache["hook_embed"],
        "position": cache["hook_pos_embed"],
        "head": cache["blocks.0.hook_attn_out"],
        "neurons": cache["blocks.0.hook_mlp_out"],
    }
