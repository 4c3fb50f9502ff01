# Settles the sign by u's first component, which says nothing about the tokens.
def direction_u(model):
    circuit = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]
    u = torch.linalg.svd(circuit, full_matrices=False).Vh[0]
    ends = circuit[-1] - circuit[0]
    return -u if ends @ u > 0 else u * 1.0
