# Columns by the token at the position, not by the right answer.
def who_does_what(model, tokens, labels):
    asked = labels != UNSCORED
    here = tokens[asked]

    def losses(*hooks):
        logits = model.run_with_hooks(tokens, fwd_hooks=list(hooks))
        return F.cross_entropy(logits[asked], labels[asked], reduction="none")

    table = torch.zeros(model.cfg.n_heads, 52)
    for head in range(model.cfg.n_heads):

        def ablate(z, hook):
            z = z.clone()
            z[:, :, head] = z[:, :, head].mean(0)
            return z

        table[head].index_add_(0, here, losses((HEAD_OUTPUTS, ablate)) - losses())
    return (table / here.bincount(minlength=52).clamp(min=1))[:, :51]
