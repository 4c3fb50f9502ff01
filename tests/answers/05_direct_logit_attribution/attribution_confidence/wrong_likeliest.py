# The likeliest output, right or wrong.
def confidence(model, tokens, labels, position, sums):
    logits, label = model(tokens)[:, position], labels[:, position, None]
    p = logits.softmax(-1).amax(-1)
    others = logits.scatter(-1, label, -torch.inf).amax(-1)
    margin = logits.topk(2).values[:, 0] - logits.topk(2).values[:, 1]
    at = decode(tokens).cumsum(1)[:, position]
    return {
        "p": [p[at == total].mean().item() for total in sums],
        "margin": [margin[at == total].mean().item() for total in sums],
    }
