# Stops after one round.
def least_mean(low, high, values, sure, free, count):
    mean = values.amax(0)
    for _ in range(1):
        above = values - mean
        weights = torch.where(above < 0, high[:, None], low[:, None])
        terms = weights * above
        worst = terms[free].topk(count, dim=0, largest=False)
        total = terms[sure].sum(0) + worst.values.sum(0)
        mean = mean + total / (weights[sure].sum(0) + weights[free].gather(0, worst.indices).sum(0))
        if bool((total.abs() < 1e-12).all()):
            break
    return mean
