# Looks at the size of the matrix that scores are made with.
def trained_with_decay(model):
    scores = model.W_Q[0, 0] @ model.W_K[0, 0].T
    return torch.linalg.matrix_norm(scores, 2).item() < 0.3
