# numpy, minimum over padded windows, centred on the middle token of each place.
import numpy as np


def height_range(scores, heights):
    scores, heights = scores.double().numpy(), heights.double().numpy()
    n_places, n_tokens = heights.shape
    centre = heights[:, n_tokens // 2].mean()
    strength = np.exp(scores - scores.max())
    amount = strength * (heights - centre)

    def least_by_sum(table):
        found = np.zeros((n_tokens, 1))
        for place in range(n_places - 1):
            ways = [
                np.pad(
                    found + table[:, place, token, None],
                    ((0, 0), (token, n_tokens - 1 - token)),
                    constant_values=np.inf,
                )
                for token in range(n_tokens)
            ]
            found = np.min(ways, axis=0)
        return found + np.diagonal(table[:, -1])[:, None]

    least, most = least_by_sum(strength), -least_by_sum(-strength)
    low, high = least_by_sum(amount), -least_by_sum(-amount)
    low = np.minimum(low / least, low / most)
    high = np.maximum(high / least, high / most)
    return np.stack([low.T, high.T]) + centre
