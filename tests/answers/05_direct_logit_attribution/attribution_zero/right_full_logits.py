# All three outputs first, then the mean taken off, then the window.
def push_for_zero(model, tokens, low, high):
    _, cache = model.run_with_cache(tokens)
    head = cache["blocks.0.hook_attn_out"] - model.b_O[0]
    mlp = cache["blocks.0.hook_mlp_out"] - model.b_out[0]
    shape = (*tokens.shape, model.W_U.shape[1])
    parts = {
        "token": model.W_E[tokens] @ model.W_U,
        "position": (model.W_pos[: tokens.shape[1]] @ model.W_U).expand(shape),
        "attention": head @ model.W_U,
        "neurons": mlp @ model.W_U,
        "biases": ((model.b_O[0] + model.b_out[0]) @ model.W_U + model.b_U).expand(shape),
    }
    means = decode(tokens).cumsum(1) / torch.arange(1, tokens.shape[1] + 1)
    inside = (means > low) & (means < high)
    return {
        name: (part - part.mean(-1, keepdim=True))[inside][:, 1].mean()
        for name, part in parts.items()
    }
