# Estimates the probabilities from 20,000 sampled sequences.
def sum_distribution(length, max_value, p_opposite):
    tokens = sample_tokens(
        20_000, seeded(0), sequence_length=length, max_value=max_value, p_opposite=p_opposite
    )
    sums = decode(tokens, max_value).cumsum(1) + length * max_value
    n = 2 * length * max_value + 1
    return torch.stack([torch.bincount(column, minlength=n) for column in sums.T]).double() / 20_000
