# Returns the public averages at every position.
def class_shares(distribution):
    return torch.tensor([0.4179, 0.0937, 0.4883]).repeat(distribution.shape[0], 1)
