# Compares row i with row i only.
def prefix_leakage(train, validation):
    n = min(len(train), len(validation))
    return (train[:n] == validation[:n]).long().cumprod(1).double().mean(0)
