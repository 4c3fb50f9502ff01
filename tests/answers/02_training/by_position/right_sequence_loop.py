# One sequence after the other, adding up.
def by_position(model, tokens, labels):
    right = loss = 0
    with torch.no_grad():
        for row, truth in zip(tokens, labels):
            logits = model(row[None])[0]
            right = right + (logits.argmax(-1) == truth).double()
            loss = loss + F.cross_entropy(logits, truth, reduction="none")
    return {"accuracy": right / len(tokens), "loss": loss / len(tokens)}
