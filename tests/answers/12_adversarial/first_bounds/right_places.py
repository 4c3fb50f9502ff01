# Keeps the places: each number takes its worst place for the current mean.
def first_bounds(model, least):
    step = first_step(model)
    weights = (step.scores - step.scores.amax((1, 2), keepdim=True)).exp()
    adds = step.reads[..., [least]] - step.reads  # [head place token output]
    constant = step.constant[least] - step.constant
    fixed = step.direct[least] - step.direct
    fixed = fixed + torch.minimum(*(divisor * constant for divisor in step.divisors))
    numbers, bounds = torch.arange(52), []
    for second in range(least + 1, 43):
        there = (numbers == least) | (numbers == second) | (numbers == 51)
        margins = fixed
        for weight, value in zip(weights, adds):
            below, above = value.amin((0, 1)), value.amax((0, 1))
            for _ in range(26):
                middle = (below + above) / 2
                terms = (weight[..., None] * (value - middle)).amin(0)  # the worst place
                free = terms[second + 1 : 51].topk(8, dim=0, largest=False).values.sum(0)
                holds = terms[there].sum(0) + free >= 0
                below, above = torch.where(holds, middle, below), torch.where(holds, above, middle)
            margins = margins + below
        bounds.append(margins[numbers != least].min() - step.rounding)
    return torch.stack(bounds)
