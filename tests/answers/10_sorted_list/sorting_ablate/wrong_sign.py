# Turns the sign.
def ablation_cost(model, tokens, labels):
    def loss(*hooks):
        logits = model.run_with_hooks(tokens, fwd_hooks=list(hooks))
        return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=UNSCORED).item()

    def without(head):
        def ablate(z, hook):
            z = z.clone()
            z[:, :, head] = z[:, :, head].mean(0)
            return z

        return (HEAD_OUTPUTS, ablate)

    return [loss() - loss(without(head)) for head in range(model.cfg.n_heads)]
