# Repeats the accuracy as the share of lists.
def performance(model, tokens, labels):
    logits = model(tokens)
    asked = labels != UNSCORED
    accuracy = (logits.argmax(-1) == labels)[asked].float().mean().item()
    loss = F.cross_entropy(logits[asked], labels[asked]).item()
    return {"loss": loss, "accuracy": accuracy, "lists": accuracy}
