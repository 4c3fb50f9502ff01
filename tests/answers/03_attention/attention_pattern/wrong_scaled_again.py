# Divides by the root of d_head a second time.
def attention_pattern(scores):
    future = torch.ones_like(scores).triu(1).bool()
    return (scores / 12**0.5).masked_fill(future, float("-inf")).softmax(-1)
