# Leaves the model's own unembedding in place.
def rewire(model):
    return {"W_U": model.W_U, "b_U": model.b_U}
