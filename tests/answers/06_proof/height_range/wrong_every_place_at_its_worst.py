# Each place at its lowest and highest, whatever the sum: sound, but useless.
def height_range(scores, heights):
    n_places, n_tokens = heights.shape
    shape = ((n_places - 1) * (n_tokens - 1) + 1, n_tokens)
    return torch.stack([heights.min().expand(shape), heights.max().expand(shape)])
