# Cuts the table in two and puts the negative values first.
def unwrapped_embedding(W_E):
    nonnegative = len(W_E) // 2 + 1
    return torch.cat([W_E[nonnegative:], W_E[:nonnegative]])
