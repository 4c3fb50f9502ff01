# Assumes that negative and positive are as common.
def class_shares(distribution):
    zero = distribution[:, distribution.shape[1] // 2]
    return torch.stack([(1 - zero) / 2, zero, (1 - zero) / 2], dim=1)
