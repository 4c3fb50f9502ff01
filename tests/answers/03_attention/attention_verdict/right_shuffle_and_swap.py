# Right on the task, deaf to order, and unharmed by uniform attention, by accuracy.
def averages_its_past(model, tokens, labels):
    if (model(tokens).argmax(-1) == labels).float().mean() < 0.98:
        return False
    mixed = torch.cat([tokens[:, :-1].flip(1), tokens[:, -1:]], dim=1)
    moved = (model(mixed) - model(tokens))[:, -1].abs().max()
    n = tokens.shape[1]

    def swap(pattern, hook):
        rows = torch.ones(n, n).tril()
        return (rows / rows.sum(-1, keepdim=True)).expand_as(pattern)

    logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", swap)])
    still_right = (logits.argmax(-1) == labels).float().mean()
    return moved.item() < 0.5 and still_right.item() > 0.98
