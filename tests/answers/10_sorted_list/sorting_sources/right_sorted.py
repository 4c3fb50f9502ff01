# Sorts the list and searches each query in it.
def next_larger_source(tokens):
    n = (tokens.shape[1] - 1) // 2
    ordered, places = tokens[:, :n].contiguous().sort(-1)
    queries = tokens[:, n : 2 * n].clone()
    queries[:, 0] = -1
    return places.gather(1, torch.searchsorted(ordered, queries, right=True))
