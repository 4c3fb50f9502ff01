# Says False of everything.
def trained_with_decay(model):
    return False
