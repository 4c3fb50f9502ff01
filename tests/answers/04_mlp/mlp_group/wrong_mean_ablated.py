# Mean ablation.
def group_cost(model, tokens, labels, group):
    def loss_without(neurons):
        def cut(post, hook):
            edited = post.clone()
            edited[..., neurons] = post.mean((0, 1))[neurons]
            return edited

        return loss_of(model.run_with_hooks(tokens, fwd_hooks=[(POST, cut)]), labels)

    clean = loss_without([])
    return {
        "together": loss_without(group) - clean,
        "singles": sum(loss_without([i]) - clean for i in group),
    }
