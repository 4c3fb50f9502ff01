# Picks from evenly spaced rates.
def learning_rate_at(step, n_steps, first, last):
    return torch.linspace(first, last, n_steps + 1, dtype=torch.float64)[step + 1]
