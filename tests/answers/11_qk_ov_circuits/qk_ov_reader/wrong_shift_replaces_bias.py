# The shift takes the place of the bias.
def fold_reader(W, b, gain, shift):
    return gain[:, None] * W, shift @ W
