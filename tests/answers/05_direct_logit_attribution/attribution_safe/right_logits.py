# Compares logits less their mean over outputs, and answers as a tensor.
def centring_is_safe(model, tokens):
    new = {}
    for name, weight in model.state_dict().items():
        new[name] = weight
        if name in ("embed.weight", "pos_embed.weight") or name.endswith(("o.bias", "out.bias")):
            new[name] = weight - weight.mean(-1, keepdim=True)
        elif name.endswith(("attn.o.weight", "mlp.out.weight")):
            new[name] = weight - weight.mean(0)
    before, after = model(tokens), with_weights(model, new)(tokens)
    difference = after - before
    difference = difference - difference.mean(-1, keepdim=True)
    return difference.abs().max() < 0.003
