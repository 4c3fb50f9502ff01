# The stub, as released.
def small_circuit(n_ctx, max_value):
    raise NotImplementedError
