# Writes the mean in place, and compares the ten answers by transposed logits.
def ablation_cost(model, tokens, labels):
    kept = {}

    def ce(logits):
        return F.cross_entropy(logits.transpose(1, 2), labels)  # −100 is left out by default

    before = ce(model(tokens))
    costs = []
    for head in range(model.cfg.n_heads):

        def ablate(z, hook):
            means = z.mean(dim=0)
            for sequence in range(len(z)):
                z[sequence, :, head] = means[:, head]
            return z

        costs.append(
            float(ce(model.run_with_hooks(tokens, fwd_hooks=[(HEAD_OUTPUTS, ablate)])) - before)
        )
    return costs
