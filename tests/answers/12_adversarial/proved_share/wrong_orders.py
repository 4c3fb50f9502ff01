# Counts each list in all its orders.
def proved_share(bounds):
    proved = (torch.as_tensor(bounds) > 0).nonzero().tolist()
    return sum(math.comb(50 - second, 8) * math.factorial(8) for _, second in proved) / math.comb(
        51, 10
    )
