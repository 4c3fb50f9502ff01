# Returns the loss after the swap, not its increase.
def swap_uniform(model, tokens, labels):
    ones = torch.ones(tokens.shape[1], tokens.shape[1]).tril()
    swap = lambda pattern, hook: (ones / ones.sum(1, keepdim=True)).expand_as(pattern)
    logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", swap)])
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten()).item()
