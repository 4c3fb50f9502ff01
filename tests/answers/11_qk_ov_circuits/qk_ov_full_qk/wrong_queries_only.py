# Queries with queries.
def full_qk(weights):
    queries = weights["W_E"] @ weights["W_Q"]
    return queries @ queries.transpose(-1, -2)
