# Returns a length in place of a verdict.
def trained_with_decay(model):
    return model.W_Q.norm().item()
