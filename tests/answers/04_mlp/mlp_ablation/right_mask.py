# Blends the activation with its replacement by a mask of neurons.
def ablation_cost(model, tokens, labels, neurons, kind, order):
    mask = torch.zeros(8, dtype=torch.bool)
    for neuron in neurons:
        mask[neuron] = True

    def cut(post, hook):
        if kind == "zero":
            other = torch.zeros_like(post)
        elif kind == "mean":
            other = post.flatten(0, 1).mean(0).expand_as(post)
        elif kind == "resample":
            other = torch.stack([post[b] for b in order])
        return torch.where(mask, other, post)

    logits = model.run_with_hooks(tokens, fwd_hooks=[(POST, cut)])
    return loss_of(logits, labels) - loss_of(model(tokens), labels)
