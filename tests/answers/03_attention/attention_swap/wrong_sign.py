# Subtracts the wrong way round.
def swap_uniform(model, tokens, labels):
    ones = torch.ones(tokens.shape[1], tokens.shape[1]).tril()
    swap = lambda pattern, hook: (ones / ones.sum(1, keepdim=True)).expand_as(pattern)
    logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", swap)])
    ce = lambda x: torch.nn.functional.cross_entropy(x.flatten(0, 1), labels.flatten()).item()
    return ce(model(tokens)) - ce(logits)
