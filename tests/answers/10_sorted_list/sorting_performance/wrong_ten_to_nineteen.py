# Counts on positions 10 to 19; of the labels there only the loss leaves out what isn't asked.
def performance(model, tokens, labels):
    logits, wanted = model(tokens)[:, ANSWERING], labels[:, ANSWERING]
    right = logits.argmax(-1) == wanted
    return {
        "loss": F.cross_entropy(logits.flatten(0, 1), wanted.flatten()).item(),
        "accuracy": right.float().mean().item(),
        "lists": right.all(-1).float().mean().item(),
    }
