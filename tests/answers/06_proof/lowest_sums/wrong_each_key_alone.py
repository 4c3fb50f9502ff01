# Every key at its worst, whatever the sum.
def lowest_sums(parts):
    n_batch, n_keys, n_tokens = parts.shape
    worst = parts.amin(-1).sum(-1, keepdim=True)
    return worst.expand(n_batch, n_keys * (n_tokens - 1) + 1)
