# Works in float32, which is exact enough.
def sum_distribution(length, max_value, p_opposite):
    largest = length * max_value
    sums = torch.arange(-largest, largest + 1)
    up = torch.where(sums > 0, 1 - p_opposite, p_opposite).double()
    rows = [(sums.abs() <= max_value).double() / (2 * max_value + 1)]
    for _ in range(length - 1):
        share = rows[-1] / (max_value + 1)
        row = torch.zeros_like(share)
        for m in range(max_value + 1):
            row += torch.roll(share * up, m) + torch.roll(share * (1 - up), -m)
        rows.append(row)
    return torch.stack(rows).float()
