# Leaves the embedding out: a [d_model d_model] matrix.
def ov_circuit(model):
    return model.W_V[0, 0] @ model.W_O[0, 0]
