# The stub, untouched.
def learning_rate_at(step, n_steps, first, last):
    raise NotImplementedError()
