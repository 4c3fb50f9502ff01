# Takes a millionth itself for the line, not one of the largest gradient.
def gradient_reaches(model, tokens, labels):
    model.requires_grad_(True)
    model.zero_grad()
    weights = model.state_dict(keep_vars=True)
    F.cross_entropy(model(tokens).flatten(0, 1), labels.flatten()).backward()
    size = {n: 0.0 if w.grad is None else w.grad.abs().max().item() for n, w in weights.items()}
    return {n: s > 1e-6 for n, s in size.items()}
