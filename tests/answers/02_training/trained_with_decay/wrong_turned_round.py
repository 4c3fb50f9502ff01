# Turns the conclusion round.
def trained_with_decay(model):
    return bool(model.W_Q.norm() > 0.8)
