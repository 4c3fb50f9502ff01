# the mean over positions
def four_parts(model, tokens, position):
    _, cache = model.run_with_cache(tokens)
    return {
        "token": cache["hook_embed"].mean(1),
        "position": cache["hook_pos_embed"].mean(1),
        "head": cache["blocks.0.hook_attn_out"].mean(1),
        "neurons": cache["blocks.0.hook_mlp_out"].mean(1),
    }
