# The right logit less the mean of the others.
def confidence(model, tokens, labels, position, sums):
    logits, label = model(tokens)[:, position], labels[:, position, None]
    p = logits.softmax(-1).gather(-1, label)[:, 0]
    others = logits.scatter(-1, label, -torch.inf).amax(-1)
    margin = 1.5 * (logits.gather(-1, label)[:, 0] - logits.mean(-1))
    at = decode(tokens).cumsum(1)[:, position]
    return {
        "p": [p[at == total].mean().item() for total in sums],
        "margin": [margin[at == total].mean().item() for total in sums],
    }
