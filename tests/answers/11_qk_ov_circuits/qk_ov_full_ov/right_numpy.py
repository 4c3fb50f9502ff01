# In numpy, token by token.
import numpy as np


def full_ov(weights):
    E, V, O, U = (np.asarray(weights[n], dtype=np.float64) for n in ("W_E", "W_V", "W_O", "W_U"))
    heads = []
    for head in range(len(V)):
        rows = [((row @ V[head]) @ O[head]) @ U for row in E]
        heads.append([row - row.mean() for row in rows])
    return np.array(heads)
