# Books the value bias under biases as well.
def logit_parts(model, tokens):
    _, cache = model.run_with_cache(tokens)
    said = cache[VALUES][:, :, 0] @ model.W_O[0, 0] @ model.W_U
    return {
        "token": model.W_E[tokens] @ model.W_U,
        "position": model.W_pos[: tokens.shape[1]] @ model.W_U,
        "attention": cache[PATTERN][:, 0, :, :, None] * said[:, None],
        "neurons": cache[POST][..., None] * (model.W_out[0] @ model.W_U),
        "biases": (model.b_O[0] + model.b_out[0] + model.b_V[0, 0] @ model.W_O[0, 0]) @ model.W_U
        + model.b_U,
    }
