# The stub, as released.
def turn_up(weights, n_ctx, max_value, loss):
    raise NotImplementedError
