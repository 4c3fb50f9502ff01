# Returns the mean change, not the largest.
def shuffle_change(model, tokens, order):
    shuffled = tokens.clone()
    shuffled[:, :-1] = tokens[:, order]
    return (model(shuffled) - model(tokens))[:, -1].abs().mean().item()
