# Leaves SEP as 51, than which nothing is larger.
def next_larger_source(tokens):
    n = tokens.shape[1] // 2
    numbers = tokens[:, None, :n]
    queries = tokens[:, n : 2 * n, None]
    return numbers.masked_fill(numbers <= queries, 99).argmin(-1)
