# Hides the past instead of the future.
def attention_pattern(scores):
    past = torch.ones_like(scores).tril(-1).bool()
    return scores.masked_fill(past, float("-inf")).softmax(-1)
