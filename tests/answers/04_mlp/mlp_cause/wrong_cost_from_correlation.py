# Takes the correlation for the effect.
def correlation_and_cost(model, tokens, labels):
    logits, cache = model.run_with_cache(tokens)
    mean = running_mean(tokens).flatten()
    correlation, cost = [], []
    for neuron in range(8):
        pre = cache[PRE][..., neuron].flatten()
        correlation.append(torch.corrcoef(torch.stack([mean, pre]))[0, 1].item())

        def cut(post, hook):
            edited = post.clone()
            edited[..., neuron] = 0
            return edited

        after = model.run_with_hooks(tokens, fwd_hooks=[(POST, cut)])
        cost.append(correlation[-1] ** 2 / 10)
    return {"correlation": correlation, "cost": cost}
