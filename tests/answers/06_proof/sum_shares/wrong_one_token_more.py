# Appends one token too many and cuts the table.
def sum_shares(n_tokens, max_value):
    """Return the share of all sequences of n_tokens tokens that has each sum: float64 [sum]."""
    n_values = 2 * max_value + 1
    shares = torch.ones(1, dtype=torch.float64)
    for _ in range(n_tokens + 1):
        longer = torch.zeros(len(shares) + n_values - 1, dtype=torch.float64)
        for token in range(n_values):
            longer[token : token + len(shares)] += shares / n_values
        shares = longer
    return shares[max_value : len(shares) - max_value]
