# Adds 5, whatever the vocabulary is.
def tokens_from_draws(first, magnitudes, against, max_value):
    values, total = [first], first
    for i in range(magnitudes.shape[1]):
        down = (total > 0) == against[:, i]
        values.append(torch.where(down, -magnitudes[:, i], magnitudes[:, i]))
        total = total + values[-1]
    return torch.stack(values, 1) + 5
