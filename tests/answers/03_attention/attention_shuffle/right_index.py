# Indexes the earlier tokens by the order and compares the last logits.
def shuffle_change(model, tokens, order):
    shuffled = tokens.clone()
    shuffled[:, :-1] = tokens[:, order]
    return (model(shuffled) - model(tokens))[:, -1].abs().max().item()
