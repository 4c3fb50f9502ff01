# Examines the public model instead of the one given.
def correlation_and_cost(model, tokens, labels):
    model = load_public("cumsum")
    logits, cache = model.run_with_cache(tokens)
    mean = running_mean(tokens).flatten()
    correlation = [
        torch.corrcoef(torch.stack([mean, cache[PRE][..., i].flatten()]))[0, 1].item()
        for i in range(8)
    ]
    cost = []
    for i in range(8):
        mask = (torch.arange(8) != i).float()
        after = model.run_with_hooks(tokens, fwd_hooks=[(POST, lambda post, hook: post * mask)])
        cost.append(loss_of(after, labels) - loss_of(logits, labels))
    return {"correlation": correlation, "cost": cost}
