# Convolves with a box of ones by numpy.
import numpy as np


def sum_shares(n_tokens, max_value):
    one = np.ones(2 * max_value + 1) / (2 * max_value + 1)
    shares = np.ones(1)
    for _ in range(n_tokens):
        shares = np.convolve(shares, one)
    return shares
