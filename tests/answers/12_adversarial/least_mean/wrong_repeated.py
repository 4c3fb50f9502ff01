# Lets the worst token be taken several times.
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
