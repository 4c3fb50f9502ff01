# The hook returns the activation untouched.
def ablation_cost(model, tokens, labels, neurons, kind, order):
    def cut(post, hook):
        edited = post.clone()
        if kind == "zero":
            edited[..., neurons] = 0
        elif kind == "mean":
            edited[..., neurons] = post.mean((0, 1))[neurons]
        else:
            edited[..., neurons] = post[order][..., neurons]
        return post

    cut_logits = model.run_with_hooks(tokens, fwd_hooks=[(POST, cut)])
    return loss_of(cut_logits, labels) - loss_of(model(tokens), labels)
