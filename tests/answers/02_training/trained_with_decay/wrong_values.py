# Looks at values and outputs, which decay spares.
def trained_with_decay(model):
    return bool(model.W_V.norm() < 3.5 and model.W_O.norm() < 3.5)
