# Rolls the table, so that what leaves one end comes in at the other.
def sum_shares(n_tokens, max_value):
    reach = n_tokens * max_value
    shares = torch.zeros(2 * reach + 1, dtype=torch.float64)
    shares[0] = 1
    for _ in range(n_tokens):
        shares = sum(shares.roll(v) for v in range(-max_value, max_value + 1)) / (2 * max_value + 1)
    return shares
