# Divides by all positions, asked or not.
def performance(model, tokens, labels):
    logits = model(tokens)
    asked = labels != UNSCORED
    losses = F.cross_entropy(
        logits.transpose(1, 2), labels, ignore_index=UNSCORED, reduction="none"
    )
    right = logits.argmax(-1) == labels
    return {
        "loss": losses.mean().item(),
        "accuracy": right.float().mean().item(),
        "lists": (right | ~asked).all(-1).float().mean().item(),
    }
