# Sums by a triangular matrix, with the carried sum in a column of its own.
def carried_labels(tokens, max_value, start):
    row = torch.cat([start[:, None], tokens - max_value], dim=1).double()
    sums = row @ torch.ones(row.shape[1], row.shape[1], dtype=torch.float64).triu()
    answer = torch.ones_like(tokens)
    answer[sums[:, 1:] < -0.5] = 0
    answer[sums[:, 1:] > 0.5] = 2
    return answer
