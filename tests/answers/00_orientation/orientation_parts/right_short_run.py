# a run on the tokens up to this position only: nothing looks ahead
def four_parts(model, tokens, position):
    _, cache = model.run_with_cache(tokens[:, : position + 1])
    names = ("hook_embed", "hook_pos_embed", "blocks.0.hook_attn_out", "blocks.0.hook_mlp_out")
    keys = ("token", "position", "head", "neurons")
    return {key: cache[name][:, -1].numpy() for key, name in zip(keys, names)}
