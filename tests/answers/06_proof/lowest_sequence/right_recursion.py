# Recursion with memory, from the first key on; returns a tensor.
from functools import lru_cache


def lowest_sequence(parts, total):
    n_keys, n_tokens = parts.shape
    costs = parts.tolist()

    @lru_cache(maxsize=None)
    def solve(key, left):
        if key == n_keys:
            return (0.0, ()) if left == 0 else (float("inf"), ())
        best = (float("inf"), ())
        for token in range(n_tokens):
            if 0 <= left - token <= (n_keys - key - 1) * (n_tokens - 1):
                cost, rest = solve(key + 1, left - token)
                if costs[key][token] + cost < best[0]:
                    best = (costs[key][token] + cost, (token, *rest))
        return best

    return list(solve(0, total + n_keys * (n_tokens // 2))[1])
