# Believes that costs add, and measures only single ones.
def group_cost(model, tokens, labels, group):
    def loss_without(neurons):
        def cut(post, hook):
            edited = post.clone()
            edited[..., neurons] = 0
            return edited

        return loss_of(model.run_with_hooks(tokens, fwd_hooks=[(POST, cut)]), labels)

    clean = loss_without([])
    return {
        "together": sum(loss_without([i]) - clean for i in group),
        "singles": sum(loss_without([i]) - clean for i in group),
    }
