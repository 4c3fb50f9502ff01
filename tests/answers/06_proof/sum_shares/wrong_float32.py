# Counts in float32, whose digits run out.
def sum_shares(n_tokens, max_value):
    """Return the share of all sequences of n_tokens tokens that has each sum: float64 [sum]."""
    n_values = 2 * max_value + 1
    shares = torch.ones(1, dtype=torch.float32)
    for _ in range(n_tokens):
        longer = torch.zeros(len(shares) + n_values - 1, dtype=torch.float32)
        for token in range(n_values):
            longer[token : token + len(shares)] += shares / n_values
        shares = longer
    return shares
