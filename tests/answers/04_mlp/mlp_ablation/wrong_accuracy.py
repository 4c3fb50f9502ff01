# The fall of accuracy instead of the rise of the loss.
def ablation_cost(model, tokens, labels, neurons, kind, order):
    def cut(post, hook):
        edited = post.clone()
        if kind == "zero":
            edited[..., neurons] = 0
        elif kind == "mean":
            edited[..., neurons] = post.mean((0, 1))[neurons]
        else:
            edited[..., neurons] = post[order][..., neurons]
        return edited

    cut_logits = model.run_with_hooks(tokens, fwd_hooks=[(POST, cut)])
    return (
        (model(tokens).argmax(-1) == labels).float().mean()
        - (cut_logits.argmax(-1) == labels).float().mean()
    ).item()
