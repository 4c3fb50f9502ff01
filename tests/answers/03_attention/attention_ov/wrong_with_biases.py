# Adds the biases of values and outputs.
def ov_circuit(model):
    value = model.W_E @ model.W_V[0, 0] + model.b_V[0, 0]
    return value @ model.W_O[0, 0] + model.b_O[0]
