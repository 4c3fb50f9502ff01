# Clips probabilities at 1e-6 to keep the log finite.
def mean_cross_entropy(logits, labels):
    return -logits.softmax(-1).gather(-1, labels[..., None]).clamp_min(1e-6).log().mean()
