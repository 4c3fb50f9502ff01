# Counts how many sums are possible instead of adding their probabilities.
def class_shares(distribution):
    c = distribution.shape[1] // 2
    d = (distribution > 0).double()
    d = d / d.sum(1, keepdim=True)
    return torch.stack([d[:, :c].sum(1), d[:, c], d[:, c + 1 :].sum(1)], 1)
