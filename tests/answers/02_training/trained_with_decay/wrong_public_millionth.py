# Expects the public model's millionth of every model.
def trained_with_decay(model):
    return bool(model.W_Q.norm() < 1e-4)
