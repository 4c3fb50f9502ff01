# Chooses nine numbers above the second.
def proved_share(bounds):
    proved = (torch.as_tensor(bounds) > 0).nonzero().tolist()
    return sum(math.comb(50 - second, 9) for _, second in proved) / math.comb(51, 10)
