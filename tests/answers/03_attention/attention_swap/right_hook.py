# Returns the uniform pattern from a hook.
def swap_uniform(model, tokens, labels):
    n = tokens.shape[1]
    ones = torch.ones(n, n).tril()
    uniform = ones / ones.sum(1, keepdim=True)

    def swap(pattern, hook):
        return uniform.expand_as(pattern)

    def loss(logits):
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten()).item()

    swapped = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", swap)])
    return loss(swapped) - loss(model(tokens))
