# numpy; walks from corner to corner in order.
import numpy as np


def lowest_value(start, slope, readings, rates, pushes, low, high):
    start, readings, rates, pushes, low, high = (
        np.asarray(each, dtype=float) for each in (start, readings, rates, pushes, low, high)
    )
    safe = np.where(rates == 0, 1.0, rates)
    corners = np.where(rates == 0, low[:, None], -readings / safe)
    places = np.sort(np.clip(corners, low[:, None], high[:, None]), axis=1)
    places = np.concatenate([low[:, None], places, high[:, None]], axis=1)
    relu = np.maximum(0, readings[:, None, :] + places[:, :, None] * rates)
    return (start[:, None] + float(slope) * places + relu @ pushes).min(axis=1)
