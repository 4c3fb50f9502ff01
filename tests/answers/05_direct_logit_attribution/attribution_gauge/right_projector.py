# Multiplies by the projector onto zero-sum outputs, in float64.
def centre_unembedding(model):
    n = model.W_U.shape[1]
    projector = torch.eye(n, dtype=torch.float64) - 1 / n
    return {"W_U": model.W_U.double() @ projector, "b_U": model.b_U.double() @ projector}
