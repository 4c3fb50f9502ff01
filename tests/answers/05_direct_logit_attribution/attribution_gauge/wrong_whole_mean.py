# Takes one mean over the whole matrix.
def centre_unembedding(model):
    W, b = model.W_U, model.b_U
    return {"W_U": W - W.mean(), "b_U": b - b.mean()}
