# Gives each beginning a number, position by position, with torch.unique.
def prefix_leakage(train, validation):
    n = len(train)
    both = torch.cat([train, validation])
    number = torch.zeros(len(both), dtype=torch.int64)
    shares = []
    for position in range(both.shape[1]):
        pairs = torch.stack([number, both[:, position]], dim=1)
        number = torch.unique(pairs, dim=0, return_inverse=True)[1]
        shares.append(torch.isin(number[n:], number[:n]).double().mean())
    return torch.stack(shares)
