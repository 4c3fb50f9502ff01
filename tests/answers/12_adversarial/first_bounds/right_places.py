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
            rho = value.amax((0, 1))
            for _ in range(30):
                terms, where = (weight[..., None] * (value - rho)).min(0)  # the worst place
                mass = weight[where, numbers[:, None]]
                free = terms[second + 1 : 51].topk(8, dim=0, largest=False)
                total = terms[there].sum(0) + free.values.sum(0)
                mass = mass[there].sum(0) + mass[second + 1 : 51].gather(0, free.indices).sum(0)
                rho = rho + total / mass
                if bool((total.abs() < 1e-11).all()):
                    break
            margins = margins + rho
        bounds.append(margins[numbers != least].min() - step.rounding)
    return torch.stack(bounds)
