# Reports lost accuracy instead of gained loss.
def swap_uniform(model, tokens, labels):
    ones = torch.ones(tokens.shape[1], tokens.shape[1]).tril()
    swap = lambda pattern, hook: (ones / ones.sum(1, keepdim=True)).expand_as(pattern)
    logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", swap)])
    accuracy = lambda x: (x.argmax(-1) == labels).float().mean().item()
    return accuracy(model(tokens)) - accuracy(logits)
