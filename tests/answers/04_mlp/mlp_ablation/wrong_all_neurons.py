# Cuts all neurons.
def ablation_cost(model, tokens, labels, neurons, kind, order):
    def cut(post, hook):
        edited = post.clone()
        if kind == "zero":
            edited[..., :] = 0
        elif kind == "mean":
            edited[..., :] = post.mean((0, 1))
        else:
            edited[..., :] = post[order]
        return edited

    cut_logits = model.run_with_hooks(tokens, fwd_hooks=[(POST, cut)])
    return loss_of(cut_logits, labels) - loss_of(model(tokens), labels)
