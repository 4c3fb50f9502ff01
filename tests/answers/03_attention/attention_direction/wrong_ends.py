# Takes the difference of the rows of +5 and −5, of length 1: no singular vector.
def direction_u(model):
    circuit = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]
    step = circuit[-1] - circuit[0]
    return step / step.norm()
