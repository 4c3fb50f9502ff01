# Builds the transition matrix over sums and multiplies.
def sum_distribution(length, max_value, p_opposite):
    n = 2 * length * max_value + 1
    zero = length * max_value
    step = torch.zeros(n, n, dtype=torch.float64)
    for column in range(n):
        up = 1 - p_opposite if column > zero else p_opposite
        for m in range(max_value + 1):
            if column + m < n:
                step[column, column + m] += up / (max_value + 1)
            if column - m >= 0:
                step[column, column - m] += (1 - up) / (max_value + 1)
    row = torch.zeros(n, dtype=torch.float64)
    row[zero - max_value : zero + max_value + 1] = 1 / (2 * max_value + 1)
    rows = [row]
    while len(rows) < length:
        rows.append(rows[-1] @ step)
    return torch.stack(rows)
