# Remembers that nothing changed on the public model.
def shuffle_change(model, tokens, order):
    return 0.0
