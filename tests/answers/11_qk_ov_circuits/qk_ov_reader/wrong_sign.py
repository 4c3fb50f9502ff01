# Takes the shift off.
def fold_reader(W, b, gain, shift):
    return gain[:, None] * W, b - shift @ W
