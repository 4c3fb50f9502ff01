# The public model's table, whatever it is given.
def full_qk(weights):
    queries, keys = model.W_E @ model.W_Q[0], model.W_E @ model.W_K[0]
    return queries @ keys.transpose(-1, -2)
