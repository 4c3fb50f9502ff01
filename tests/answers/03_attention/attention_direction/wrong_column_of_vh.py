# Takes a column of Vh where the singular vectors are its rows.
def direction_u(model):
    circuit = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]
    u = torch.linalg.svd(circuit).Vh[:, 0]
    written = circuit @ u
    return u if written[-1] > written[0] else -u
