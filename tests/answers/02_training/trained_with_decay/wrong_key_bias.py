# Looks for an empty key bias, which fresh models have too.
def trained_with_decay(model):
    return bool(model.b_K.norm() < 1e-4)
