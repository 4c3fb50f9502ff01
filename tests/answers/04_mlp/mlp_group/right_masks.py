# Masks over neurons, cross-entropy over the class axis.
def group_cost(model, tokens, labels, group):
    def loss(gone):
        keep = torch.tensor([0.0 if i in gone else 1.0 for i in range(8)])
        logits = model.run_with_hooks(tokens, fwd_hooks=[(POST, lambda post, hook: post * keep)])
        return F.cross_entropy(logits.transpose(1, 2), labels).item()

    clean = loss([])
    return {"together": loss(group) - clean, "singles": sum(loss([i]) - clean for i in group)}
