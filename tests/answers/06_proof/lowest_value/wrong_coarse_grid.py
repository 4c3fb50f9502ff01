# The lowest of eleven points.
def lowest_value(start, slope, readings, rates, pushes, low, high):
    x = low[:, None] + (high - low)[:, None] * torch.linspace(0, 1, 11, dtype=torch.float64)
    neurons = (readings[:, None] + rates * x[..., None]).relu()
    return (start[:, None] + slope * x + neurons @ pushes).amin(-1)
