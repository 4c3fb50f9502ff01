# Keys are rows.
def full_qk(weights):
    keys, queries = weights["W_E"] @ weights["W_K"], weights["W_E"] @ weights["W_Q"]
    return keys @ queries.transpose(-1, -2)
