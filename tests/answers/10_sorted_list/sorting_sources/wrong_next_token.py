# Looks for the token that comes next, which only a right second half has there.
def next_larger_source(tokens):
    n = tokens.shape[1] // 2
    return (tokens[:, None, :n] == tokens[:, n + 1 :, None]).int().argmax(-1)
