# Lists the tokens from +5 down to −5.
def ov_circuit(model):
    return (model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]).flip(0)
