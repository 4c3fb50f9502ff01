# Has no causal mask.
def attention_pattern(scores):
    return scores.softmax(-1)
