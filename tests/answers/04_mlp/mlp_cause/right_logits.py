# Takes each neuron's share out of the logits, in float64; cosines of centred vectors.
def correlation_and_cost(model, tokens, labels):
    logits, cache = model.run_with_cache(tokens)
    post, pre = cache[POST].double(), cache[PRE].double().flatten(0, 1)
    mean = running_mean(tokens).double().flatten()
    correlation = F.cosine_similarity(pre - pre.mean(0), (mean - mean.mean())[:, None], dim=0)
    directions = (model.W_out[0] @ model.W_U).double()

    def loss(z):
        return -z.log_softmax(-1).gather(-1, labels[..., None]).mean()

    clean = loss(logits.double())
    cost = [loss(logits.double() - post[..., i, None] * directions[i]) - clean for i in range(8)]
    return {"cost": torch.stack(cost), "correlation": correlation}
