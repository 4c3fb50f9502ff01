# Multiplies by a band matrix that appends one token.
def sum_shares(n_tokens, max_value):
    reach = n_tokens * max_value
    place = torch.arange(2 * reach + 1)
    step = ((place[:, None] - place).abs() <= max_value).double() / (2 * max_value + 1)
    shares = torch.zeros(2 * reach + 1, dtype=torch.float64)
    shares[reach] = 1
    for _ in range(n_tokens):
        shares = step @ shares
    return shares
