# Hands probabilities to a loss that wants logits.
def performance(model, tokens, labels):
    logits = model(tokens)
    asked = labels != UNSCORED
    right = logits.argmax(-1) == labels
    return {
        "loss": F.cross_entropy(logits[asked].softmax(-1), labels[asked]).item(),
        "accuracy": right[asked].float().mean().item(),
        "lists": (right | ~asked).all(-1).float().mean().item(),
    }
