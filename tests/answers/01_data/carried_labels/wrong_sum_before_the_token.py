# Labels the sum before each token: one position late.
def carried_labels(tokens, max_value, start):
    values = tokens - max_value
    return (start[:, None] + values.cumsum(1) - values).sign() + 1
