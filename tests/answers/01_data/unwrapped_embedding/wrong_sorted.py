# Sorts the rows by their first entry, as the public picture suggests.
def unwrapped_embedding(W_E):
    return W_E[W_E[:, 0].argsort()]
