# All of it in numpy.
import numpy as np


def full_qk(weights):
    E, Q, K = (np.asarray(weights[name], dtype=np.float64) for name in ("W_E", "W_Q", "W_K"))
    return np.stack([(E @ q) @ (E @ k).T for q, k in zip(Q, K)])
