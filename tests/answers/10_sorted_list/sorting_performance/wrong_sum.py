# Sums the loss where its mean is wanted.
def performance(model, tokens, labels):
    logits = model(tokens)
    asked = labels != UNSCORED
    right = logits.argmax(-1) == labels
    return {
        "loss": F.cross_entropy(logits[asked], labels[asked], reduction="sum").item() / len(tokens),
        "accuracy": right[asked].float().mean().item(),
        "lists": (right | ~asked).all(-1).float().mean().item(),
    }
