# Takes logarithms to base 2.
def mean_cross_entropy(logits, labels):
    return -(logits.log_softmax(-1).gather(-1, labels[..., None])).mean() / torch.tensor(2.0).log()
