# Exponentiates, keeps the lower triangle, divides by the row sums.
def attention_pattern(scores):
    weights = scores.exp().tril()
    return weights / weights.sum(-1, keepdim=True)
