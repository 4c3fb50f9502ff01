# Ablates the public model whatever it is given.
mine = load_public("sorted_list")


def ablation_cost(model, tokens, labels):
    def loss(*hooks):
        logits = mine.run_with_hooks(tokens, fwd_hooks=list(hooks))
        return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=UNSCORED).item()

    def without(head):
        def ablate(z, hook):
            z = z.clone()
            z[:, :, head] = z[:, :, head].mean(0)
            return z

        return (HEAD_OUTPUTS, ablate)

    return [loss(without(head)) - loss() for head in range(model.cfg.n_heads)]
