# Sound but loose: every number may be the worst one, eight times over.
def least_mean(low, high, values, sure, free, count):
    mean = values.amax(0)
    for _ in range(100):
        above = values - mean
        weights = torch.where(above < 0, high[:, None], low[:, None])
        terms = weights * above
        one = terms[free].topk(1, dim=0, largest=False)
        total = terms[sure].sum(0) + count * one.values[0]
        mean = mean + total / (
            weights[sure].sum(0) + count * weights[free].gather(0, one.indices)[0]
        )
        if bool((total.abs() < 1e-12).all()):
            break
    return mean


def first_bounds(model, least):
    step = first_step(model)
    weights = (step.scores - step.scores.amax((1, 2), keepdim=True)).exp()
    low, high = weights.amin(1), weights.amax(1)
    adds = (step.reads[..., [least]] - step.reads).amin(1)
    constant = step.constant[least] - step.constant
    fixed = step.direct[least] - step.direct
    fixed = fixed + torch.minimum(*(divisor * constant for divisor in step.divisors))
    numbers, bounds = torch.arange(52), []
    for second in range(least + 1, 43):
        sure = (numbers == least) | (numbers == 51)
        free = (numbers >= least + 1) & (numbers < 51)
        heads = [least_mean(*tables, sure, free, 9) for tables in zip(low, high, adds)]
        margins = fixed + torch.stack(heads).sum(0)
        bounds.append(margins[numbers != least].amin() - step.rounding)
    return torch.stack(bounds)
