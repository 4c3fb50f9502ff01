# In numpy, rival by rival, from the mean of what is surely there.
import numpy as np


def least_mean(low, high, values, sure, free, count):
    low, high, values = low.numpy(), high.numpy(), values.numpy()
    there, maybe = np.flatnonzero(sure.numpy()), np.flatnonzero(free.numpy())
    found = []
    for rival in range(values.shape[1]):
        x, rho = values[:, rival], values[:, rival].max() + 1.0
        while True:
            w = np.where(x < rho, high, low)
            term = w * (x - rho)
            chosen = np.concatenate([there, maybe[np.argsort(term[maybe])[:count]]])
            fresh = (w[chosen] * x[chosen]).sum() / w[chosen].sum()
            if rho - fresh < 1e-13:
                break
            rho = fresh
        found.append(min(rho, fresh))
    return np.array(found)
