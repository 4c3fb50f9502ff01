# Sorts each beginning first, so that order doesn't count.
def prefix_leakage(train, validation):
    shares = []
    for end in range(1, train.shape[1] + 1):
        seen = {tuple(row) for row in train[:, :end].sort(dim=1).values.tolist()}
        known = [tuple(row) in seen for row in validation[:, :end].sort(dim=1).values.tolist()]
        shares.append(sum(known) / len(known))
    return torch.tensor(shares)
