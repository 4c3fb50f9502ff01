# Zero-ablates the pattern instead of making it uniform.
def swap_uniform(model, tokens, labels):
    swap = lambda pattern, hook: pattern * 0
    logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", swap)])
    ce = lambda x: torch.nn.functional.cross_entropy(x.flatten(0, 1), labels.flatten()).item()
    return ce(logits) - ce(model(tokens))
