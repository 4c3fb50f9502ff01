# Counts lost accuracy, not gained loss.
def ablation_cost(model, tokens, labels):
    asked = labels != UNSCORED

    def accuracy(*hooks):
        logits = model.run_with_hooks(tokens, fwd_hooks=list(hooks))
        return (logits.argmax(-1) == labels)[asked].float().mean().item()

    def without(head):
        def ablate(z, hook):
            z = z.clone()
            z[:, :, head] = z[:, :, head].mean(0)
            return z

        return (HEAD_OUTPUTS, ablate)

    return [accuracy() - accuracy(without(head)) for head in range(model.cfg.n_heads)]
