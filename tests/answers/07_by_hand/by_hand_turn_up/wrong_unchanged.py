# Returns the circuit as it came.
def turn_up(weights, n_ctx, max_value, loss):
    return weights
