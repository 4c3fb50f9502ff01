# Remembers that the swap costs nothing.
def swap_uniform(model, tokens, labels):
    return 0.0
