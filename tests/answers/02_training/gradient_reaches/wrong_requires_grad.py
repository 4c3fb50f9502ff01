# Asks what wants a gradient, not what gets one.
def gradient_reaches(model, tokens, labels):
    model.requires_grad_(True)
    weights = model.state_dict(keep_vars=True)
    F.cross_entropy(model(tokens).flatten(0, 1), labels.flatten()).backward()
    size = {n: 0.0 if w.grad is None else w.grad.abs().max().item() for n, w in weights.items()}
    return {n: w.requires_grad for n, w in weights.items()}
