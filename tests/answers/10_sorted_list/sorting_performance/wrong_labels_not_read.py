# Takes the next tokens for what is asked, and never reads the labels.
def performance(model, tokens, labels):
    logits, wanted = model(tokens)[:, ANSWERING], tokens[:, 11:]
    right = logits.argmax(-1) == wanted
    return {
        "loss": F.cross_entropy(logits.flatten(0, 1), wanted.flatten()).item(),
        "accuracy": right.float().mean().item(),
        "lists": right.all(-1).float().mean().item(),
    }
