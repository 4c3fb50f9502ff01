# The loss without the head, not its increase.
def who_does_what(model, tokens, labels):
    asked = labels != UNSCORED
    answers = labels[asked]

    def losses(*hooks):
        logits = model.run_with_hooks(tokens, fwd_hooks=list(hooks))
        return F.cross_entropy(logits[asked], answers, reduction="none")

    table = torch.zeros(model.cfg.n_heads, 51)
    for head in range(model.cfg.n_heads):

        def ablate(z, hook):
            z = z.clone()
            z[:, :, head] = z[:, :, head].mean(0)
            return z

        rise = losses((HEAD_OUTPUTS, ablate))
        table[head].index_add_(0, answers, rise)
    return table / answers.bincount(minlength=51).clamp(min=1)
