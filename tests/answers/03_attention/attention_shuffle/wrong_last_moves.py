# Rotates the last token into the past as well.
def shuffle_change(model, tokens, order):
    full = [tokens.shape[1] - 1] + list(order)
    return (model(tokens[:, full]) - model(tokens))[:, -1].abs().max().item()
