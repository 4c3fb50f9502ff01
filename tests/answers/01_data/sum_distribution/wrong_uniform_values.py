# Draws each later value uniformly on -max_value..max_value.
def sum_distribution(length, max_value, p_opposite):
    largest = length * max_value
    sums = torch.arange(-largest, largest + 1)
    rows = [(sums.abs() <= max_value).double() / (2 * max_value + 1)]
    for _ in range(length - 1):
        row = sum(torch.roll(rows[-1], x) for x in range(-max_value, max_value + 1))
        rows.append(row / (2 * max_value + 1))
    return torch.stack(rows)
