# Reads the output of index 0.
def push_for_zero(model, tokens, low, high):
    _, cache = model.run_with_cache(tokens)
    to_zero = (model.W_U - model.W_U.mean(-1, keepdim=True))[:, 0]
    bias = model.b_U[0] - model.b_U.mean()
    taken = (cache[PATTERN][:, 0] @ cache[VALUES][:, :, 0]) @ model.W_O[0, 0]
    pushes = {
        "token": model.W_E[tokens] @ to_zero,
        "position": model.W_pos[: tokens.shape[1]] @ to_zero,
        "attention": taken @ to_zero,
        "neurons": cache[POST] @ model.W_out[0] @ to_zero,
        "biases": (model.b_O[0] + model.b_out[0]) @ to_zero + bias,
    }
    means = decode(tokens).cumsum(1) / torch.arange(1, tokens.shape[1] + 1)
    chosen = (means > low) & (means < high)
    return {name: push.expand(tokens.shape)[chosen].mean().item() for name, push in pushes.items()}
