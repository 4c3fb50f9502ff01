# Falls by equal factors.
def learning_rate_at(step, n_steps, first, last):
    return first * (last / max(first, 1e-12)) ** ((step + 1) / n_steps)
