# Sets the future's scores to 0 before the softmax.
def attention_pattern(scores):
    return scores.tril().softmax(-1)
