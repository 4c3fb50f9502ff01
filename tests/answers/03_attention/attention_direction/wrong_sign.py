# Follows the convention the wrong way round.
def direction_u(model):
    circuit = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]
    u = torch.linalg.svd(circuit, full_matrices=False).Vh[0]
    return u if (circuit[-1] - circuit[0]) @ u < 0 else -u
