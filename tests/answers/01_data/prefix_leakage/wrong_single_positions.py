# Compares single positions, not whole beginnings.
def prefix_leakage(train, validation):
    shares = []
    for end in range(1, train.shape[1] + 1):
        seen = {tuple(row) for row in train[:, end - 1 : end].tolist()}
        known = [tuple(row) in seen for row in validation[:, end - 1 : end].tolist()]
        shares.append(sum(known) / len(known))
    return torch.tensor(shares)
