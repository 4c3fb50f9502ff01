# Counts numbers above the least one.
def proved_share(bounds):
    proved = (torch.as_tensor(bounds) > 0).nonzero().tolist()
    return sum(math.comb(50 - least, 8) for least, _ in proved) / math.comb(51, 10)
