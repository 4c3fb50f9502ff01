# Compares the answers, not the probabilities.
WRITERS = {
    "embed.weight": -1,
    "pos_embed.weight": -1,
    "blocks.0.attn.o.weight": 0,
    "blocks.0.attn.o.bias": -1,
    "blocks.0.mlp.out.weight": 0,
    "blocks.0.mlp.out.bias": -1,
}


def centred_over(model, axes):
    weights = dict(model.state_dict())
    for name, axis in axes.items():
        weights[name] = weights[name] - weights[name].mean(axis, keepdim=True)
    return with_weights(model, weights)


def centring_is_safe(model, tokens):
    centred = centred_over(model, WRITERS)
    same = model(tokens).argmax(-1) == centred(tokens).argmax(-1)
    return bool(same.float().mean() > 0.99)
