# Returns a number instead of a verdict.
def averages_its_past(model, tokens, labels):
    ones = torch.ones(tokens.shape[1], tokens.shape[1]).tril()
    swap = lambda pattern, hook: (ones / ones.sum(1, keepdim=True)).expand_as(pattern)
    logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", swap)])
    ce = lambda x: torch.nn.functional.cross_entropy(x.flatten(0, 1), labels.flatten()).item()
    return ce(logits) - ce(model(tokens))
