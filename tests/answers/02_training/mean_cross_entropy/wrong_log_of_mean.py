# Averages probabilities first, and takes the log of that.
def mean_cross_entropy(logits, labels):
    return -logits.softmax(-1).gather(-1, labels[..., None]).mean().log()
