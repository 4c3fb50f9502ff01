# A slice that ends one too early: the largest sum is left out.
def class_shares(distribution):
    centre = distribution.shape[1] // 2
    parts = distribution[:, :centre], distribution[:, [centre]], distribution[:, centre + 1 : -1]
    return torch.stack([part.sum(dim=1) for part in parts], dim=1)
