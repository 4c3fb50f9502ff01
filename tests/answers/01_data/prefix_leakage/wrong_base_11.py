# Beginnings as numbers to the base 11, which keeps apart only the course's own ids.
def prefix_leakage(train, validation):
    seen, given = torch.zeros(len(train)).long(), torch.zeros(len(validation)).long()
    shares = []
    for old, new in zip(train.T, validation.T):
        seen, given = 11 * seen + old, 11 * given + new
        shares.append(torch.isin(given, seen).double().mean())
    return torch.stack(shares)
