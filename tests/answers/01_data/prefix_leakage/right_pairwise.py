# Compares every pair of sequences and multiplies matches along positions.
def prefix_leakage(train, validation):
    same = validation[:, None, :] == train[None, :, :]
    so_far = same.long().cumprod(dim=2)
    return so_far.amax(dim=1).double().mean(dim=0)
