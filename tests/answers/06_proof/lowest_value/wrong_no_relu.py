# Forgets that neurons can be closed.
def lowest_value(start, slope, readings, rates, pushes, low, high):
    """Return the minimum over low <= x <= high of the margin f(x), exactly, [state].

    start, low, high: [state]; readings: [state neuron]; rates, pushes: [neuron]; slope: a number
    """
    low, high = low[:, None], high[:, None]
    corners = torch.where(rates != 0, -readings / rates, low).clamp(low, high)
    x = torch.cat([low, high, corners], dim=1)  # [state place]
    neurons = readings[:, None] + rates * x[..., None]  # [state place neuron]
    return (start[:, None] + slope * x + neurons @ pushes).amin(-1)
