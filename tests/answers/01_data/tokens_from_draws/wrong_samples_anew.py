# Ignores the draws and asks the library for fresh sequences.
def tokens_from_draws(first, magnitudes, against, max_value):
    length = magnitudes.shape[1] + 1
    return sample_tokens(len(first), seeded(0), sequence_length=length, max_value=max_value)
