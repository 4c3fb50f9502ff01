# Adds the carried sum to every value before summing.
def carried_labels(tokens, max_value, start):
    return (tokens - max_value + start[:, None]).cumsum(1).sign() + 1
