# Takes the direction towards "positive" in the unembedding.
def direction_u(model):
    u = model.W_U[:, 2] - model.W_U[:, 0]
    return u / u.norm()
