# Stores each choice as it goes, in numpy, and follows them back.
import numpy as np


def lowest_sequence(parts, total):
    n_keys, n_tokens = parts.shape
    costs, lowest, chosen = parts.double().numpy(), np.zeros(1), []
    for key in range(n_keys):
        ways = np.full((n_tokens, len(lowest) + n_tokens - 1), np.inf)
        for token in range(n_tokens):
            ways[token, token : token + len(lowest)] = lowest + costs[key, token]
        chosen.append(ways.argmin(0))
        lowest = ways.min(0)
    place, tokens = total + n_keys * (n_tokens // 2), []
    for choice in reversed(chosen):
        tokens.insert(0, int(choice[place]))
        place -= tokens[0]
    return tokens
