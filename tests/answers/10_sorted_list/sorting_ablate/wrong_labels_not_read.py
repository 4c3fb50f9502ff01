# Takes the loss at positions 10 to 19, whatever the labels ask.
def ablation_cost(model, tokens, labels):
    def loss(*hooks):
        logits = model.run_with_hooks(tokens, fwd_hooks=list(hooks))[:, ANSWERING]
        return F.cross_entropy(logits.flatten(0, 1), tokens[:, 11:].flatten()).item()

    def without(head):
        def ablate(z, hook):
            z = z.clone()
            z[:, :, head] = z[:, :, head].mean(0)
            return z

        return (HEAD_OUTPUTS, ablate)

    return [loss(without(head)) - loss() for head in range(model.cfg.n_heads)]
