# Costs from the logits' exact parts in float64; sums by the sign of the running sum.
def neuron_roles(model, tokens, labels, least):
    logits, cache = model.run_with_cache(tokens)
    post = cache[POST].double()
    pushes = (model.W_out[0] @ model.W_U).double()
    signs = decode(tokens).cumsum(1).sign()

    def loss(z):
        return -z.log_softmax(-1).gather(-1, labels[..., None]).mean().item()

    clean = loss(logits.double())
    roles = []
    for i in range(8):
        fired = post[..., i]
        cost = loss(logits.double() - fired[..., None] * pushes[i]) - clean
        up = (fired * (signs == 1)).sum() / (signs == 1).sum()
        down = (fired * (signs == -1)).sum() / (signs == -1).sum()
        roles.append("dead" if -least < cost < least else ["negative", "positive"][int(up > down)])
    return roles
