# Forgets the absolute value.
def shuffle_change(model, tokens, order):
    shuffled = tokens.clone()
    shuffled[:, :-1] = tokens[:, order]
    return (model(shuffled) - model(tokens))[:, -1].min().item()
