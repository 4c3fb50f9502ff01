# A softmax is in it.
def full_qk(weights):
    queries, keys = weights["W_E"] @ weights["W_Q"], weights["W_E"] @ weights["W_K"]
    return (queries @ keys.transpose(-1, -2)).softmax(-1)
