# Value by value, head by head.
def who_does_what(model, tokens, labels):
    def losses(head=None):
        def ablate(z, hook):
            z = z.clone()
            if head is not None:
                z[:, :, head] = z[:, :, head].mean(dim=0)
            return z

        logits = model.run_with_hooks(tokens, fwd_hooks=[(HEAD_OUTPUTS, ablate)])
        return F.cross_entropy(logits.transpose(1, 2), labels, reduction="none")

    clean, rows = losses(), []
    for head in range(model.cfg.n_heads):
        rise = losses(head) - clean
        row = []
        for value in range(51):
            here = rise[labels == value]
            row.append(here.mean().item() if len(here) else 0.0)
        rows.append(row)
    return rows
