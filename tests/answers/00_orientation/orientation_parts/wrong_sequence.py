# picks a sequence, not a position
def four_parts(model, tokens, position):
    _, cache = model.run_with_cache(tokens)
    return {
        "token": cache["hook_embed"][position % len(tokens)],
        "position": cache["hook_pos_embed"][position % len(tokens)],
        "head": cache["blocks.0.hook_attn_out"][position % len(tokens)],
        "neurons": cache["blocks.0.hook_mlp_out"][position % len(tokens)],
    }
