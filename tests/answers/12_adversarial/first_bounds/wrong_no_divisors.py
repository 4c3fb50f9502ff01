# What is added after the division is left out, as if it never mattered.
def least_mean(low, high, values, sure, free, count):
    mean = values.amax(0)
    for _ in range(100):
        above = values - mean
        weights = torch.where(above < 0, high[:, None], low[:, None])
        terms = weights * above
        worst = terms[free].topk(count, dim=0, largest=False)
        total = terms[sure].sum(0) + worst.values.sum(0)
        mean = mean + total / (weights[sure].sum(0) + weights[free].gather(0, worst.indices).sum(0))
        if bool((total.abs() < 1e-12).all()):
            break
    return mean


def first_bounds(model, least):
    step = first_step(model)
    weights = (step.scores - step.scores.amax((1, 2), keepdim=True)).exp()
    low, high = weights.amin(1), weights.amax(1)
    adds = (step.reads[..., [least]] - step.reads).amin(1)
    fixed = step.direct[least] - step.direct
    numbers, bounds = torch.arange(52), []
    for second in range(least + 1, 43):
        sure = (numbers == least) | (numbers == second) | (numbers == 51)
        free = (numbers > second) & (numbers < 51)
        heads = [least_mean(*tables, sure, free, 8) for tables in zip(low, high, adds)]
        margins = fixed + torch.stack(heads).sum(0)
        bounds.append(margins[numbers != least].amin() - step.rounding)
    return torch.stack(bounds)
