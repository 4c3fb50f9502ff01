# Takes a direction that the head reads (left singular vector of W_V W_O).
def direction_u(model):
    ov = model.W_V[0, 0] @ model.W_O[0, 0]
    u = torch.linalg.svd(ov).U[:, 0]
    written = model.W_E @ u
    return u if written[-1] > written[0] else -u
