# Multiplies by a large number that would do for any circuit.
def turn_up(weights, n_ctx, max_value, loss):
    return weights | {name: weights[name] * 10_000.0 for name in ("W_U", "b_U") if name in weights}
