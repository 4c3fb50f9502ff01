# Returns the share that isn't proved.
def proved_share(bounds):
    proved = (torch.as_tensor(bounds) > 0).nonzero().tolist()
    return 1 - sum(math.comb(50 - second, 8) for _, second in proved) / math.comb(51, 10)
