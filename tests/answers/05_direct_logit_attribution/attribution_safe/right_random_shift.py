# Adds a multiple of ones to the writers instead: whoever does not feel that, does not feel centring.
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
    weights = dict(model.state_dict())
    for name, axis in WRITERS.items():
        weights[name] = weights[name] - 1.0 * weights[name].mean(axis, keepdim=True)
    other = build_model(config_of(model))
    other.load_state_dict(weights)
    p, q = (each(tokens).double().softmax(-1).numpy() for each in (model, other))
    return bool(abs(p - q).max() <= 0.001)
