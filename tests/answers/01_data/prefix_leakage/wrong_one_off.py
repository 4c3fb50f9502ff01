# Begins with the empty beginning: one position late.
def prefix_leakage(train, validation):
    shares = []
    for end in range(train.shape[1]):
        seen = {tuple(row) for row in train[:, :end].tolist()}
        known = [tuple(row) in seen for row in validation[:, :end].tolist()]
        shares.append(sum(known) / len(known))
    return torch.tensor(shares)
