# Interpolates with torch.lerp in float64.
def learning_rate_at(step, n_steps, first, last):
    return torch.lerp(
        torch.tensor(first).double(), torch.tensor(last).double(), (step + 1) / n_steps
    ).item()
