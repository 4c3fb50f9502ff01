# Ablates all heads each time.
def ablation_cost(model, tokens, labels):
    def loss(*hooks):
        logits = model.run_with_hooks(tokens, fwd_hooks=list(hooks))
        return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=UNSCORED).item()

    cost = loss((HEAD_OUTPUTS, lambda z, hook: z.mean(0).expand_as(z))) - loss()
    return [cost] * model.cfg.n_heads
