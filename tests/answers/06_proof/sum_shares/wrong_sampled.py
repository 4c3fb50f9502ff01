# Counts in a million samples.
def sum_shares(n_tokens, max_value):
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randint(-max_value, max_value + 1, (50_000, n_tokens), generator=generator)
    reach = n_tokens * max_value
    return torch.bincount(drawn.sum(-1) + reach, minlength=2 * reach + 1).double() / len(drawn)
