# Mixes both ends by the share of the way.
def learning_rate_at(step, n_steps, first, last):
    return first * (n_steps - step - 1) / n_steps + last * (step + 1) / n_steps
