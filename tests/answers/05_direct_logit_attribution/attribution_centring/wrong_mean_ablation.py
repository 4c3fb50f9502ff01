# Mean-ablates the neurons.
def centring_shift(model, tokens, labels):
    axes = {
        "embed.weight": -1,
        "pos_embed.weight": -1,
        "blocks.0.attn.o.weight": 0,
        "blocks.0.attn.o.bias": -1,
        "blocks.0.mlp.out.weight": 0,
        "blocks.0.mlp.out.bias": -1,
    }
    weights = dict(model.state_dict())
    for name, axis in axes.items():
        weights[name] = weights[name] - weights[name].mean(axis, keepdim=True)

    found = {"loss": [], "ablated_loss": [], "min_p": []}
    for each in (model, with_weights(model, weights)):
        logits = each(tokens)
        ablated = each.run_with_hooks(
            tokens, fwd_hooks=[(POST, lambda post, hook: post.mean((0, 1)).expand_as(post))]
        )
        p = logits.softmax(-1).gather(-1, labels[..., None])
        found["loss"].append(F.cross_entropy(logits.flatten(0, 1), labels.flatten()).item())
        found["ablated_loss"].append(
            F.cross_entropy(ablated.flatten(0, 1), labels.flatten()).item()
        )
        found["min_p"].append(p.min().item())
    return found
