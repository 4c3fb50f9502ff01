# Wants every entry of a tensor to be reached.
def gradient_reaches(model, tokens, labels):
    model.requires_grad_(True)
    weights = model.state_dict(keep_vars=True)
    F.cross_entropy(model(tokens).flatten(0, 1), labels.flatten()).backward()
    size = {n: 0.0 if w.grad is None else w.grad.abs().max().item() for n, w in weights.items()}
    return {
        n: w.grad is not None and bool((w.grad.abs() > 1e-6 * max(size.values())).all())
        for n, w in weights.items()
    }
