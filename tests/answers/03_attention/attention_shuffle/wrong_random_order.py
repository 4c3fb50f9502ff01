# Draws an order of its own.
def shuffle_change(model, tokens, order):
    shuffled = tokens.clone()
    shuffled[:, :-1] = tokens[:, torch.randperm(tokens.shape[1] - 1)]
    return (model(shuffled) - model(tokens))[:, -1].abs().max().item()
