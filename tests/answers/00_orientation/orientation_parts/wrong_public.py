# parts of the public model, not of the one that is given
def four_parts(model, tokens, position):
    model = load_public("cumsum")
    _, cache = model.run_with_cache(tokens)
    return {
        "token": cache["hook_embed"][:, position],
        "position": cache["hook_pos_embed"][:, position],
        "head": cache["blocks.0.hook_attn_out"][:, position],
        "neurons": cache["blocks.0.hook_mlp_out"][:, position],
    }
