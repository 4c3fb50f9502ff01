# Lets every sign depend on the first value: no running sum at all.
def tokens_from_draws(first, magnitudes, against, max_value):
    down = (first > 0)[:, None] == against
    later = torch.where(down, -magnitudes, magnitudes)
    return torch.cat([first[:, None], later], 1) + max_value
