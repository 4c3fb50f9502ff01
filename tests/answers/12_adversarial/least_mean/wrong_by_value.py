# Takes the lowest values, whatever their weights.
def least_mean(low, high, values, sure, free, count):
    lowest = values.masked_fill(~free[:, None], torch.inf).topk(count, dim=0, largest=False)
    total = (high[:, None] * values)[sure].sum(0) + (high[lowest.indices] * lowest.values).sum(0)
    return total / (high[sure].sum() + high[lowest.indices].sum(0))
