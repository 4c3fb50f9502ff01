# Reads negative off the cumulative sum and positive as the rest.
def class_shares(distribution):
    below = distribution.cumsum(dim=1)
    middle = distribution.shape[1] // 2
    negative, zero = below[:, middle - 1], distribution[:, middle]
    return torch.stack([negative, zero, 1 - negative - zero], dim=1)
