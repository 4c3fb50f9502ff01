# Adds neuron after neuron; corners that lie outside are masked by infinity.
def lowest_value(start, slope, readings, rates, pushes, low, high):
    corners = -readings / rates
    inside = (corners > low[:, None]) & (corners < high[:, None])
    places = torch.cat([torch.stack([low, high], 1), corners.where(inside, low[:, None])], 1)
    value = start[:, None] + slope * places
    for neuron in range(len(rates)):
        value = value + pushes[neuron] * (readings[:, neuron, None] + rates[neuron] * places).relu()
    return value.min(dim=1).values
