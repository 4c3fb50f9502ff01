# Finds the top eigenvector of C^T C in float64; the sign comes from the correlation with values.
def direction_u(model):
    circuit = (model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]).double()
    u = torch.linalg.eigh(circuit.T @ circuit).eigenvectors[:, -1]
    values = torch.arange(-5, 6).double()
    return u * torch.sign((circuit @ u) @ values)
