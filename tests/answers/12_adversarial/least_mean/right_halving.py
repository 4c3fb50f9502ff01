# Halves an interval for the mean, for all rivals at once.
def least_mean(low, high, values, sure, free, count):
    below, above = values.amin(0), values.amax(0)
    for _ in range(70):
        middle = (below + above) / 2
        gap = values - middle
        terms = torch.minimum(low[:, None] * gap, high[:, None] * gap)
        total = terms[sure].sum(0) + terms[free].sort(0).values[:count].sum(0)
        below, above = torch.where(total >= 0, middle, below), torch.where(total < 0, middle, above)
    return below
