# NumPy and lists; a hair surer than asked.
def turn_up(weights, n_ctx, max_value, loss):
    import numpy as np

    parts = {name: np.array(part, dtype=np.float64) for name, part in weights.items()}
    needed = -np.log(np.expm1(0.98 * loss) / 2)
    factor = needed / worst_case(parts, n_ctx, max_value).margin
    parts["W_U"] = factor * parts["W_U"]
    parts["b_U"] = factor * parts["b_U"]
    return {name: part.tolist() for name, part in parts.items()}
