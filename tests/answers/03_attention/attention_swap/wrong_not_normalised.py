# Puts ones in the past: a sum where a mean should be.
def swap_uniform(model, tokens, labels):
    swap = lambda pattern, hook: torch.ones_like(pattern).tril()
    logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", swap)])
    ce = lambda x: torch.nn.functional.cross_entropy(x.flatten(0, 1), labels.flatten()).item()
    return ce(logits) - ce(model(tokens))
