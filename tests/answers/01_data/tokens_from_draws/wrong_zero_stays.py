# Multiplies by the sum's sign, so that a sum of zero gives a step of zero.
def tokens_from_draws(first, magnitudes, against, max_value):
    values, total = [first], first
    for i in range(magnitudes.shape[1]):
        values.append(torch.where(against[:, i], -1, 1) * total.sign() * magnitudes[:, i])
        total = total + values[-1]
    return torch.stack(values, 1) + max_value
