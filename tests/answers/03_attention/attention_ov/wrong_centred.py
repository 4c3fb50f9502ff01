# The rows less their mean.
def ov_circuit(model):
    circuit = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]
    return circuit - circuit.mean(0)
