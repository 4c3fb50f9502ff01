# The hook computes the uniform pattern but never returns it.
def swap_uniform(model, tokens, labels):
    def swap(pattern, hook):
        ones = torch.ones_like(pattern).tril()
        pattern = ones / ones.sum(-1, keepdim=True)

    logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", swap)])
    ce = lambda x: torch.nn.functional.cross_entropy(x.flatten(0, 1), labels.flatten()).item()
    return ce(logits) - ce(model(tokens))
