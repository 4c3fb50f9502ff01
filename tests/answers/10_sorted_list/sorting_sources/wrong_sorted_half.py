# A place in the sorted half: one ahead.
def next_larger_source(tokens):
    n = tokens.shape[1] // 2
    return torch.arange(n + 1, 2 * n + 1).expand(len(tokens), -1)
