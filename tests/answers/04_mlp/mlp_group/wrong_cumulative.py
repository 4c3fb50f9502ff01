# Cuts the neurons one on top of the other, so the sum is the group's cost.
def group_cost(model, tokens, labels, group):
    def loss_without(neurons):
        def cut(post, hook):
            edited = post.clone()
            edited[..., neurons] = 0
            return edited

        return loss_of(model.run_with_hooks(tokens, fwd_hooks=[(POST, cut)]), labels)

    clean = loss_without([])
    return {
        "together": loss_without(group) - clean,
        "singles": sum(
            loss_without(group[: k + 1]) - loss_without(group[:k]) for k in range(len(group))
        ),
    }
