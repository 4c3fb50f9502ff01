# Computes the sign as a product of two signs.
def tokens_from_draws(first, magnitudes, against, max_value):
    tokens = torch.zeros(len(first), magnitudes.shape[1] + 1, dtype=torch.int64)
    tokens[:, 0] = first
    for i in range(magnitudes.shape[1]):
        side = 2 * (tokens[:, : i + 1].sum(dim=1) > 0).long() - 1
        coin = 1 - 2 * against[:, i].long()
        tokens[:, i + 1] = side * coin * magnitudes[:, i]
    return tokens + max_value
