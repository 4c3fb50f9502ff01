# Biases are in it.
def full_qk(weights):
    queries = weights["W_E"] @ weights["W_Q"] + weights["b_Q"][:, None]
    keys = weights["W_E"] @ weights["W_K"] + weights["b_K"][:, None]
    return queries @ keys.transpose(-1, -2)
