# Looks for each head's mean by halving, all second numbers at once.
def first_bounds(model, least):
    step = first_step(model)
    numbers, seconds = torch.arange(52), torch.arange(least + 1, 43)
    sure = (numbers == least) | (numbers == 51) | (numbers == seconds[:, None])
    free = (numbers > seconds[:, None]) & (numbers < 51)
    constant = step.constant[least] - step.constant
    worst = torch.where(constant < 0, step.divisors[1] * constant, step.divisors[0] * constant)
    total = (step.direct[least] - step.direct + worst).expand(len(seconds), 52)
    for scores, reads in zip(step.scores, step.reads):
        weights = (scores - scores.max()).exp()
        low, high = weights.amin(0)[:, None], weights.amax(0)[:, None]
        value = (reads[..., [least]] - reads).amin(0)
        below = value.amin(0).expand_as(total)
        above = value.amax(0).expand_as(total)
        for _ in range(36):
            middle = (below + above) / 2
            gap = value - middle[:, None]
            terms = torch.minimum(low * gap, high * gap)
            chosen = terms.masked_fill(~free[..., None], torch.inf).topk(8, dim=1, largest=False)
            holds = (terms * sure[..., None]).sum(1) + chosen.values.sum(1) >= 0
            below, above = torch.where(holds, middle, below), torch.where(holds, above, middle)
        total = total + below
    total = total.masked_fill(numbers == least, torch.inf)
    return total.amin(-1) - step.rounding
