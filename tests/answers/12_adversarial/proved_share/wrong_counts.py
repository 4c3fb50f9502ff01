# Returns how many lists, not which share.
def proved_share(bounds):
    proved = (torch.as_tensor(bounds) > 0).nonzero().tolist()
    return sum(math.comb(50 - second, 8) for _, second in proved)
