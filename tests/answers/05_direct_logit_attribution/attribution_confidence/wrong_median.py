# The median in place of the mean.
def confidence(model, tokens, labels, position, sums):
    logits, label = model(tokens)[:, position], labels[:, position, None]
    p = logits.softmax(-1).gather(-1, label)[:, 0]
    others = logits.scatter(-1, label, -torch.inf).amax(-1)
    margin = logits.gather(-1, label)[:, 0] - others
    at = decode(tokens).cumsum(1)[:, position]
    return {
        "p": [p[at == total].median().item() for total in sums],
        "margin": [margin[at == total].median().item() for total in sums],
    }
