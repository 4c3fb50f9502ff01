# The running sum is another name for the first value, and += changes both.
def tokens_from_draws(first, magnitudes, against, max_value):
    values = [first]
    running_sum = first
    for step in range(magnitudes.shape[1]):
        down = (running_sum > 0) == against[:, step]
        value = torch.where(down, -magnitudes[:, step], magnitudes[:, step])
        values.append(value)
        running_sum += value
    return torch.stack(values, dim=1) + max_value
