# Lets torch do it.
def mean_cross_entropy(logits, labels):
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten()).item()
