# Counts from one: takes the second singular vector.
def direction_u(model):
    circuit = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]
    u = torch.linalg.svd(circuit).Vh[1]
    written = circuit @ u
    return u if written[-1] > written[0] else -u
