# Looks at the previous value instead of the running sum.
def tokens_from_draws(first, magnitudes, against, max_value):
    values = [first]
    for i in range(magnitudes.shape[1]):
        down = (values[-1] > 0) == against[:, i]
        values.append(torch.where(down, -magnitudes[:, i], magnitudes[:, i]))
    return torch.stack(values, 1) + max_value
