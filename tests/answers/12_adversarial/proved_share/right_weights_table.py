# A table of shares for each second number, multiplied in.
def proved_share(bounds):
    shares = torch.tensor([math.comb(50 - second, 8) for second in range(43)], dtype=torch.float64)
    proved = (bounds.nan_to_num(-1.0) > 0).double()
    return (proved.sum(0) @ shares / math.comb(51, 10)).item()
