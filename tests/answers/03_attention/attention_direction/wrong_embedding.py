# Takes the first direction of the embedding, before the head.
def direction_u(model):
    u = torch.linalg.svd(model.W_E, full_matrices=False).Vh[0]
    return u if (model.W_E[-1] - model.W_E[0]) @ u > 0 else -u
