# Takes one head after the other away, and puts none back.
def ablation_cost(model, tokens, labels):
    def loss(heads):
        def ablate(z, hook):
            z = z.clone()
            for head in heads:
                z[:, :, head] = z[:, :, head].mean(0)
            return z

        logits = model.run_with_hooks(tokens, fwd_hooks=[(HEAD_OUTPUTS, ablate)])
        return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=UNSCORED).item()

    return [loss(range(head + 1)) - loss(range(head)) for head in range(model.cfg.n_heads)]
