# Takes the softmax over the queries.
def attention_pattern(scores):
    future = torch.ones_like(scores).triu(1).bool()
    return scores.masked_fill(future, float("-inf")).softmax(dim=-2)
