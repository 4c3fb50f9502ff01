# Fills the future with minus infinity, then softmax.
def attention_pattern(scores):
    n = scores.shape[-1]
    future = torch.ones(n, n).triu(1).bool()
    return scores.masked_fill(future, float("-inf")).softmax(dim=-1)
