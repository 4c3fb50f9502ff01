# Returns the next larger number, not its place.
def next_larger_source(tokens):
    n = tokens.shape[1] // 2
    numbers = tokens[:, None, :n]
    queries = tokens[:, n : 2 * n, None].clone()
    queries[:, 0] = -1
    return numbers.masked_fill(numbers <= queries, 99).amin(-1)
