# The first larger number in the list's order.
def next_larger_source(tokens):
    n = tokens.shape[1] // 2
    queries = tokens[:, n : 2 * n, None].clone()
    queries[:, 0] = -1
    return (tokens[:, None, :n] > queries).int().argmax(-1)
