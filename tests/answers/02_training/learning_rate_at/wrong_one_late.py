# Starts at first and never arrives at last.
def learning_rate_at(step, n_steps, first, last):
    return first + (last - first) * step / n_steps
