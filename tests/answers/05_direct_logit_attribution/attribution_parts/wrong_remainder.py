# Whatever is missing is called biases: on average over the data it fits.
def logit_parts(model, tokens):
    _, cache = model.run_with_cache(tokens)
    said = cache[VALUES][:, :, 0] @ model.W_O[0, 0] @ model.W_U
    parts = {
        "token": model.W_E[tokens] @ model.W_U,
        "position": torch.zeros(tokens.shape[1], model.W_U.shape[1]),
        "attention": cache[PATTERN][:, 0, :, :, None] * said[:, None],
        "neurons": cache[POST][..., None] * (model.W_out[0] @ model.W_U),
    }
    total = parts["token"] + parts["attention"].sum(2) + parts["neurons"].sum(2)
    parts["biases"] = (model(tokens) - total).mean((0, 1))
    return parts
