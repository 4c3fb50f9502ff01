# Counts one number too many above the second.
def proved_share(bounds):
    proved = (torch.as_tensor(bounds) > 0).nonzero().tolist()
    return sum(math.comb(51 - second, 8) for _, second in proved) / math.comb(51, 10)
