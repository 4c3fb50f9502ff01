# Splits each row at zero and convolves both halves with a step's distribution, in numpy.
import numpy as np


def sum_distribution(length, max_value, p_opposite):
    magnitudes = np.full(max_value + 1, 1 / (max_value + 1))
    down, up = np.zeros(2 * max_value + 1), np.zeros(2 * max_value + 1)
    up[max_value:] = magnitudes
    down[: max_value + 1] = magnitudes
    from_positive = (1 - p_opposite) * up + p_opposite * down
    from_others = p_opposite * up + (1 - p_opposite) * down
    largest = length * max_value
    rows = np.zeros((length, 2 * largest + 1))
    rows[0, largest - max_value : largest + max_value + 1] = 1 / (2 * max_value + 1)
    is_positive = np.arange(-largest, largest + 1) > 0
    for i in range(1, length):
        rows[i] = np.convolve(rows[i - 1] * is_positive, from_positive, mode="same")
        rows[i] += np.convolve(rows[i - 1] * ~is_positive, from_others, mode="same")
    return rows
