# Numpy; embeddings turned round, a head of four, three rising slopes.
def build_circuit(n_ctx, max_value):
    import numpy as np

    strength = 6.0 * n_ctx * max_value
    low, high = max_value, strength / n_ctx - max_value
    line = (low + high) / 2
    return {
        "W_E": np.arange(max_value, -max_value - 1, -1)[:, None],
        "W_V": np.full((1, 4), 0.5),
        "W_O": np.full((4, 1), strength / 2),
        "W_U": np.array([[2.0, 1.0, 0.0]]),
        "b_U": np.array([0.0, line, 0.0]),
    }
