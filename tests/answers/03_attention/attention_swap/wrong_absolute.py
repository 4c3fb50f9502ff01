# By how much the loss changes, whether it rises or falls.
def swap_uniform(model, tokens, labels):
    n = tokens.shape[1]
    uniform = torch.ones(n, n).tril() / torch.arange(1, n + 1)[:, None]

    def loss(logits):
        return F.cross_entropy(logits.flatten(0, 1), labels.flatten()).item()

    swapped = model.run_with_hooks(
        tokens, fwd_hooks=[(PATTERN, lambda pattern, hook: uniform.expand_as(pattern))]
    )
    return abs(loss(swapped) - loss(model(tokens)))
