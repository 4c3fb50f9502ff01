# Masks after the softmax: rows no longer sum to one.
def attention_pattern(scores):
    return scores.softmax(-1).tril()
