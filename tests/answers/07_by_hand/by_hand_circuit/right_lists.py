# Plain lists, the strength shared between values and outputs.
def build_circuit(n_ctx, max_value):
    root = (3 * n_ctx * max_value) ** 0.5
    middle = ((3 * max_value - max_value) + max_value) / 2
    return {
        "W_E": [[float(value)] for value in range(-max_value, max_value + 1)],
        "W_V": [[root]],
        "W_O": [[root]],
        "W_U": [[-1.0, 0.0, 1.0]],
        "b_U": [0.0, middle, 0.0],
    }
