# Falls to zero, whatever last says.
def learning_rate_at(step, n_steps, first, last):
    return first * (1 - (step + 1) / n_steps)
