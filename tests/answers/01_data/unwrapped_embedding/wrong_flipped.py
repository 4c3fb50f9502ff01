# Reverses the rows.
def unwrapped_embedding(W_E):
    return W_E.flip(0)
