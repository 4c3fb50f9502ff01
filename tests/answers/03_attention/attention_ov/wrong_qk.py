# Uses queries and keys instead of values and outputs.
def ov_circuit(model):
    return model.W_E @ model.W_Q[0, 0] @ model.W_K[0, 0].T
