# Adds the head's biases, which lifts the line.
import numpy as np


def value_line(model, direction):
    value = model.W_E @ model.W_V[0, 0] + model.b_V[0, 0]
    written = ((value @ model.W_O[0, 0] + model.b_O[0]) @ direction).numpy()
    values = np.arange(-5, 6)
    slope, intercept = np.polyfit(values, written, 1)
    return {"slope": slope, "intercept": intercept, "r2": np.corrcoef(values, written)[0, 1] ** 2}
