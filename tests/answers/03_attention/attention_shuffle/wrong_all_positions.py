# Compares every position, where the earlier tokens really differ.
def shuffle_change(model, tokens, order):
    shuffled = tokens.clone()
    shuffled[:, :-1] = tokens[:, order]
    return (model(shuffled) - model(tokens)).abs().max().item()
