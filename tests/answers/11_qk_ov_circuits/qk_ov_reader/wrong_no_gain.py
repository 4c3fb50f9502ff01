# Forgets the scale.
def fold_reader(W, b, gain, shift):
    return W, b + shift @ W
