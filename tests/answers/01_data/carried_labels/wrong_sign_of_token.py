# Labels each token's own sign; the past is forgotten.
def carried_labels(tokens, max_value, start):
    return (tokens - max_value).sign() + 1
