# Compares queries and keys with values and outputs: no line in absolute size.
def trained_with_decay(model):
    looks = model.W_Q.norm() * model.W_K.norm()
    takes = model.W_V.norm() * model.W_O.norm()
    return bool(looks / takes < 0.1)
