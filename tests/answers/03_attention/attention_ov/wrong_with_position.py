# Adds the embedding of position 0 to every token.
def ov_circuit(model):
    return (model.W_E + model.W_pos[0]) @ model.W_V[0, 0] @ model.W_O[0, 0]
