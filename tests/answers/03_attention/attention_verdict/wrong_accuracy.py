# Judges by accuracy alone, which says nothing of the mechanism.
def averages_its_past(model, tokens, labels):
    return (model(tokens).argmax(-1) == labels).float().mean().item() > 0.5
