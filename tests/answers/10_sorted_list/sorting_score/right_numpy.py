# With numpy, in float64.
import numpy as np


def tv_score(own, claim, baseline):
    def probabilities(logits):
        x = np.asarray(logits, dtype=np.float64)
        x = np.exp(x - x.max(-1, keepdims=True))
        return x / x.sum(-1, keepdims=True)

    def distance(logits):
        return np.abs(probabilities(own) - probabilities(logits)).sum(-1).mean() / 2

    return float(np.clip(1 - distance(claim) / distance(baseline), 0, 1))
