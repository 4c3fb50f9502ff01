# Loops over pairs of positions in numpy, float64, and returns an array.
import numpy as np


def attention_scores(model, tokens):
    _, cache = model.run_with_cache(tokens)
    q = cache["q", 0].squeeze(2).numpy().astype(np.float64)
    k = cache["k", 0].squeeze(2).numpy().astype(np.float64)
    batch, n, d = q.shape
    out = np.zeros((batch, n, n))
    for i in range(n):
        for j in range(n):
            out[:, i, j] = (q[:, i] * k[:, j]).sum(-1) / np.sqrt(d)
    return out
