# Sums over positions and averages over the batch.
def mean_cross_entropy(logits, labels):
    return -logits.log_softmax(-1).gather(-1, labels[..., None])[..., 0].sum(-1).mean()
