# Goes downhill by thirds, as if f had one valley.
def lowest_value(start, slope, readings, rates, pushes, low, high):
    def f(x):
        return start + slope * x + (readings + rates * x[:, None]).relu() @ pushes

    left, right = low, high
    for _ in range(200):
        third = (right - left) / 3
        lower = f(left + third) < f(right - third)
        left, right = (
            torch.where(lower, left, left + third),
            torch.where(lower, right - third, right),
        )
    return torch.stack([f(left), f(low), f(high)]).amin(0)
