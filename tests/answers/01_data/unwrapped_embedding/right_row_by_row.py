# Fills a new table row by row, in numpy.
import numpy as np


def unwrapped_embedding(W_E):
    table = W_E.detach().numpy()
    answer = np.zeros_like(table)
    n = len(table)
    for token in range(n):
        value = token - n // 2
        answer[token] = table[value % n]
    return answer
