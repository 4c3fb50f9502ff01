# Exponentiates large logits as they are.
def mean_cross_entropy(logits, labels):
    p = logits.exp() / logits.exp().sum(-1, keepdim=True)
    return -p.gather(-1, labels[..., None]).log().mean()
