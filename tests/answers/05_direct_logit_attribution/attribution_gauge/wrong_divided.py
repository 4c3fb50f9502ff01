# Divides by the length in place of subtracting the mean.
def centre_unembedding(model):
    W, b = model.W_U, model.b_U
    return {"W_U": W / W.norm(dim=-1, keepdim=True), "b_U": b - b.mean()}
