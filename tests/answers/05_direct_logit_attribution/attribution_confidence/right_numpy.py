# Numpy with fancy indexing, a masked maximum.
import numpy as np


def confidence(model, tokens, labels, position, sums):
    logits = model(tokens).numpy()[:, position].astype(np.float64)
    label = labels.numpy()[:, position]
    rows = np.arange(len(logits))
    odds = np.exp(logits - logits.max(1, keepdims=True))
    p = odds[rows, label] / odds.sum(1)
    others = np.where(np.arange(logits.shape[1]) == label[:, None], -np.inf, logits).max(1)
    margin = logits[rows, label] - others
    at = decode(tokens).numpy()[:, : position + 1].sum(1)
    return {
        "p": np.array([p[at == s].mean() for s in sums]),
        "margin": np.array([margin[at == s].mean() for s in sums]),
    }
