# Returns the table with its axes swapped.
def ov_circuit(model):
    return (model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]).T
