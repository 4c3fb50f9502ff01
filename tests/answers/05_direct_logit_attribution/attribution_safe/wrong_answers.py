# Safe if no answer changes: probabilities may.
def centring_is_safe(model, tokens):
    weights = dict(model.state_dict())
    for name in ("embed.weight", "pos_embed.weight"):
        weights[name] = weights[name] - weights[name].mean(-1, keepdim=True)
    for name in ("attn.o", "mlp.out"):
        matrix, bias = weights[f"blocks.0.{name}.weight"], weights[f"blocks.0.{name}.bias"]
        weights[f"blocks.0.{name}.weight"] = matrix - matrix.mean(0)
        weights[f"blocks.0.{name}.bias"] = bias - bias.mean()
    return bool((with_weights(model, weights)(tokens).argmax(-1) == model(tokens).argmax(-1)).all())
