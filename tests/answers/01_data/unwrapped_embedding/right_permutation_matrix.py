# Multiplies by a permutation matrix.
def unwrapped_embedding(W_E):
    n = W_E.shape[0]
    where_from = (torch.arange(n) - n // 2) % n
    return torch.nn.functional.one_hot(where_from, n).to(W_E.dtype) @ W_E
