# Centres the unembedding over outputs: the safe one.
def centring_shift(model, tokens, labels):
    weights = dict(model.state_dict())
    weights["unembed.weight"] = weights["unembed.weight"] - weights["unembed.weight"].mean(0)
    found = {"loss": [], "ablated_loss": [], "min_p": []}
    for each in (model, with_weights(model, weights)):
        logits = each(tokens)
        ablated = each.run_with_hooks(tokens, fwd_hooks=[(POST, lambda post, hook: 0 * post)])
        found["loss"].append(F.cross_entropy(logits.flatten(0, 1), labels.flatten()).item())
        found["ablated_loss"].append(
            F.cross_entropy(ablated.flatten(0, 1), labels.flatten()).item()
        )
        found["min_p"].append(logits.softmax(-1).gather(-1, labels[..., None]).min().item())
    return found
