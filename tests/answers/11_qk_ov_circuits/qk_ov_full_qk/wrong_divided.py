# Divides by the root of d_head.
def full_qk(weights):
    queries, keys = weights["W_E"] @ weights["W_Q"], weights["W_E"] @ weights["W_K"]
    return queries @ keys.transpose(-1, -2) / weights["W_Q"].shape[-1] ** 0.5
