# How far the right answer's logit falls, not by how much its loss rises.
def who_does_what(model, tokens, labels):
    asked = labels != UNSCORED
    answers = labels[asked]

    def right_logits(*hooks):
        logits = model.run_with_hooks(tokens, fwd_hooks=list(hooks))
        return logits[asked].gather(-1, answers[:, None])[:, 0]

    table = torch.zeros(model.cfg.n_heads, 51)
    for head in range(model.cfg.n_heads):

        def ablate(z, hook):
            z = z.clone()
            z[:, :, head] = z[:, :, head].mean(0)
            return z

        table[head].index_add_(0, answers, right_logits() - right_logits((HEAD_OUTPUTS, ablate)))
    return table / answers.bincount(minlength=51).clamp(min=1)
