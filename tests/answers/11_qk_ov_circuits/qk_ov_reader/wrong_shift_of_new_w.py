# Sends the shift through the scaled matrix: it is scaled twice.
def fold_reader(W, b, gain, shift):
    new_W = gain[:, None] * W
    return new_W, b + shift @ new_W
