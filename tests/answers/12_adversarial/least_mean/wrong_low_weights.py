# Puts all weights at their lower end.
def least_mean(low, high, values, sure, free, count):
    mean = values.amax(0)
    for _ in range(100):
        above = values - mean
        weights = low[:, None].expand_as(above)
        terms = weights * above
        worst = terms[free].topk(count, dim=0, largest=False)
        total = terms[sure].sum(0) + worst.values.sum(0)
        mean = mean + total / (weights[sure].sum(0) + weights[free].gather(0, worst.indices).sum(0))
        if bool((total.abs() < 1e-12).all()):
            break
    return mean
