# Compares probabilities instead of logits.
def shuffle_change(model, tokens, order):
    shuffled = tokens.clone()
    shuffled[:, :-1] = tokens[:, order]
    after, before = model(shuffled).softmax(-1), model(tokens).softmax(-1)
    return (after - before)[:, -1].abs().max().item()
