# Makes rows that sum to one.
def centre_unembedding(model):
    W, b = model.W_U, model.b_U
    return {"W_U": W.softmax(-1), "b_U": b.softmax(-1)}
