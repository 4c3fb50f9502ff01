# Takes the mean over d_model.
def centre_unembedding(model):
    W, b = model.W_U, model.b_U
    return {"W_U": W - W.mean(0), "b_U": b - b.mean()}
