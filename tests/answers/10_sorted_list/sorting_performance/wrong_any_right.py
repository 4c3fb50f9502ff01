# Counts a list if any of its answers is right.
def performance(model, tokens, labels):
    logits = model(tokens)
    asked = labels != UNSCORED
    right = (logits.argmax(-1) == labels) & asked
    return {
        "loss": F.cross_entropy(logits[asked], labels[asked]).item(),
        "accuracy": right[asked].float().mean().item(),
        "lists": right.any(-1).float().mean().item(),
    }
