# Returns the correlation instead of its square.
import numpy as np


def value_line(model, direction):
    written = (model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0] @ direction).numpy()
    values = np.arange(-5, 6)
    slope, intercept = np.polyfit(values, written, 1)
    return {"slope": slope, "intercept": intercept, "r2": np.corrcoef(values, written)[0, 1]}
