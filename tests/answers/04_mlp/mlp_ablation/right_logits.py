# Never edits a run: adds what the neurons write to the logits, in float64.
def ablation_cost(model, tokens, labels, neurons, kind, order):
    logits, cache = model.run_with_cache(tokens)
    post = cache["blocks.0.mlp.hook_post"].double()
    new = {
        "zero": 0 * post,
        "mean": post.mean((0, 1), keepdim=True) + 0 * post,
        "resample": post[order],
    }[kind]
    difference = torch.zeros_like(post)
    for neuron in neurons:
        difference[..., neuron] = new[..., neuron] - post[..., neuron]
    change = difference @ model.W_out[0].double() @ model.W_U.double()
    right = labels.flatten()

    def loss(z):
        z = z.flatten(0, 1)
        return (z.logsumexp(-1) - z[torch.arange(len(z)), right]).mean()

    return float(loss(logits.double() + change) - loss(logits.double()))
