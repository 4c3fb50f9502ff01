# Takes one notch after the other.
def learning_rate_at(step, n_steps, first, last):
    rate = first
    for _ in range(step + 1):
        rate -= (first - last) / n_steps
    return rate
