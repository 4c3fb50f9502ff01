# Returns -1, 0, 1 instead of the classes 0, 1, 2.
def carried_labels(tokens, max_value, start):
    return (start[:, None] + (tokens - max_value).cumsum(1)).sign()
