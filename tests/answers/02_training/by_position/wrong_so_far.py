# Averages over all positions so far.
def by_position(model, tokens, labels):
    logits = model(tokens).detach()
    losses = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").view(
        labels.shape
    )
    right = (logits.argmax(-1) == labels).double()
    return {
        "accuracy": right.cumsum(1).mean(0) / torch.arange(1, right.shape[1] + 1),
        "loss": losses.cumsum(1).mean(0) / torch.arange(1, right.shape[1] + 1),
    }
