# Reads the embeddings along the direction, not what the head writes of them.
import numpy as np


def value_line(model, direction):
    y = (model.W_E @ direction).numpy()
    values = np.arange(-5, 6)
    slope, intercept = np.polyfit(values, y, 1)
    return {"slope": slope, "intercept": intercept, "r2": np.corrcoef(values, y)[0, 1] ** 2}
