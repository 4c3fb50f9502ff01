# Returns the difference of what is written for +5 and −5, not of length 1.
def direction_u(model):
    circuit = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]
    return circuit[-1] - circuit[0]
