# Rolls the rows by max_value.
def unwrapped_embedding(W_E):
    return torch.roll(W_E, shifts=(W_E.shape[0] - 1) // 2, dims=0)
