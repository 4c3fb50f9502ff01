# Half way between the differences to the two other outputs, weighted mean by mask.
def push_for_zero(model, tokens, low, high):
    _, cache = model.run_with_cache(tokens)
    means = decode(tokens).cumsum(1) / torch.arange(1, tokens.shape[1] + 1)
    mask = ((low < means) * (means < high)).float()

    def push(logits):
        relative = (2 * logits[..., 1] - logits[..., 0] - logits[..., 2]) / 3
        return float((relative * mask).sum() / mask.sum())

    neurons = cache[POST][..., None] * (model.W_out[0] @ model.W_U)
    said = cache[VALUES][:, :, 0] @ model.W_O[0, 0] @ model.W_U
    sources = cache[PATTERN][:, 0, :, :, None] * said[:, None]
    return {
        "neurons": push(neurons.sum(2)),
        "attention": push(sources.sum(2)),
        "position": push(model.W_pos[: tokens.shape[1]] @ model.W_U),
        "token": push(model.W_E[tokens] @ model.W_U),
        "biases": push((model.b_O[0] + model.b_out[0]) @ model.W_U + model.b_U),
    }
