# one position too late
def four_parts(model, tokens, position):
    _, cache = model.run_with_cache(tokens)
    return {
        "token": cache["hook_embed"][:, (position + 1) % 20],
        "position": cache["hook_pos_embed"][:, (position + 1) % 20],
        "head": cache["blocks.0.hook_attn_out"][:, (position + 1) % 20],
        "neurons": cache["blocks.0.hook_mlp_out"][:, (position + 1) % 20],
    }
