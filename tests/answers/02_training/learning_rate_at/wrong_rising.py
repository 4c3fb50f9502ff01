# Rises from last to first.
def learning_rate_at(step, n_steps, first, last):
    return last + (first - last) * (step + 1) / n_steps
