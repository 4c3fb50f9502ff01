# Runs the model in float64, where rounding is far below the line.
def gradient_reaches(model, tokens, labels):
    model = model.double().requires_grad_(True)
    model.zero_grad()
    weights = model.state_dict(keep_vars=True)
    F.cross_entropy(model(tokens).transpose(1, 2), labels).backward()
    sizes = {
        n: w.grad.abs().max() if w.grad is not None else torch.tensor(0.0)
        for n, w in weights.items()
    }
    top = torch.stack([s.double() for s in sizes.values()]).max()
    return {n: s > 1e-6 * top for n, s in sizes.items()}
