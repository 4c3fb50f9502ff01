# Examines the public model whatever it is given.
only = load_public("cumsum")


def confidence(model, tokens, labels, position, sums):
    logits, label = only(tokens)[:, position], labels[:, position, None]
    p = logits.softmax(-1).gather(-1, label)[:, 0]
    others = logits.scatter(-1, label, -torch.inf).amax(-1)
    margin = logits.gather(-1, label)[:, 0] - others
    at = decode(tokens).cumsum(1)[:, position]
    return {
        "p": [p[at == total].mean().item() for total in sums],
        "margin": [margin[at == total].mean().item() for total in sums],
    }
