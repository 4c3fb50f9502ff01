# Keeps the neuron and silences the others.
def neuron_roles(model, tokens, labels, least):
    logits, cache = model.run_with_cache(tokens)
    post, mean = cache[POST], running_mean(tokens)
    above, below = post[mean > 0].mean(0), post[mean < 0].mean(0)
    roles = []
    for neuron in range(8):
        others = (torch.arange(8) != neuron).float()
        cut = model.run_with_hooks(
            tokens, fwd_hooks=[(POST, lambda post, hook: post * (1 - others))]
        )
        cost = loss_of(cut, labels) - loss_of(logits, labels)
        if abs(cost) < least:
            roles.append("dead")
        else:
            roles.append("positive" if above[neuron] > below[neuron] else "negative")
    return roles
