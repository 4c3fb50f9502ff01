# Counts steps from 1.
def learning_rate_at(step, n_steps, first, last):
    return first + (last - first) * (step + 2) / n_steps
