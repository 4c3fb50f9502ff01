# Power iteration from an arbitrary start.
def direction_u(model):
    circuit = (model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]).double()
    u = circuit[-1] - circuit[0]
    for _ in range(500):
        u = circuit.T @ (circuit @ u)
        u = u / u.norm()
    if circuit[10] @ u < circuit[0] @ u:
        u = -u
    return u.float()
