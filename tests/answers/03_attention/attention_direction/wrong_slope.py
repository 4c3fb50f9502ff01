# How the rows change with the value, in place of the direction that they lie most along.
def direction_u(model):
    circuit = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]
    u = torch.arange(-5.0, 6.0) @ circuit
    return u / u.norm()
