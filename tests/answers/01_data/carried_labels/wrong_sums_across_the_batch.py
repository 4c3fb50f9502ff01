# Sums along the batch instead of along positions.
def carried_labels(tokens, max_value, start):
    return (start[:, None] + (tokens - max_value).cumsum(0)).sign() + 1
