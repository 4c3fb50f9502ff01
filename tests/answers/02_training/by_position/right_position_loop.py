# One position after the other, returning lists of numbers.
def by_position(model, tokens, labels):
    logits = model(tokens).detach()
    out = {"accuracy": [], "loss": []}
    for p in range(tokens.shape[1]):
        out["accuracy"].append((logits[:, p].argmax(-1) == labels[:, p]).float().mean().item())
        out["loss"].append(F.cross_entropy(logits[:, p], labels[:, p]).item())
    return out
