# Joins two halves, each solved in the same way.
import numpy as np


def lowest_sums(parts):
    def solve(keys):
        if len(keys) == 0:
            return np.zeros(1)
        if len(keys) == 1:
            return keys[0]
        left, right = solve(keys[: len(keys) // 2]), solve(keys[len(keys) // 2 :])
        joined = np.full(len(left) + len(right) - 1, np.inf)
        for place, cost in enumerate(left):
            here = joined[place : place + len(right)]
            np.minimum(here, cost + right, out=here)
        return joined

    return np.stack([solve(list(table)) for table in parts.double().numpy()])
