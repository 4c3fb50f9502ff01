# Adds the direct path: the embedding itself.
def ov_circuit(model):
    return model.W_E + model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]
