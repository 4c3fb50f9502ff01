# Means 1 − p instead of −log p.
def performance(model, tokens, labels):
    logits = model(tokens)
    asked = labels != UNSCORED
    p = logits[asked].softmax(-1).gather(-1, labels[asked][:, None])
    right = logits.argmax(-1) == labels
    return {
        "loss": (1 - p).mean().item(),
        "accuracy": right[asked].float().mean().item(),
        "lists": (right | ~asked).all(-1).float().mean().item(),
    }
