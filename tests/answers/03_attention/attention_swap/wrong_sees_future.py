# Spreads attention over the whole sequence, future included.
def swap_uniform(model, tokens, labels):
    swap = lambda pattern, hook: torch.full_like(pattern, 1 / pattern.shape[-1])
    logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", swap)])
    ce = lambda x: torch.nn.functional.cross_entropy(x.flatten(0, 1), labels.flatten()).item()
    return ce(logits) - ce(model(tokens))
