# Asks the public model whatever it is given.
first = load_public("cumsum")


def shuffle_change(model, tokens, order):
    shuffled = tokens.clone()
    shuffled[:, :-1] = tokens[:, order]
    return (first(shuffled) - first(tokens))[:, -1].abs().max().item()
