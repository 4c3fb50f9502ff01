# Bounds the strength place by place, over any tokens; loops over last tokens.
def lowest_sums(parts):
    """Return the lowest contribution of any sequence with each sum, [batch sum].

    parts: what each token at each place contributes, [batch key token]
    """
    n_batch, n_keys, n_tokens = parts.shape
    lowest = torch.zeros(n_batch, 1, dtype=parts.dtype)
    for key in range(n_keys):
        width = lowest.shape[1]
        longer = torch.full((n_batch, width + n_tokens - 1), torch.inf, dtype=parts.dtype)
        for token in range(n_tokens):
            reached = longer[:, token : token + width]
            torch.minimum(reached, lowest + parts[:, key, token, None], out=reached)
        lowest = longer
    return lowest


def height_range(scores, heights):
    centre = heights.mean()
    n_places, n_tokens = heights.shape
    columns = []
    for last in range(n_tokens):
        strength = (scores[last] - scores[last].max()).exp()
        amount = strength * (heights - centre)
        least = strength[:-1].amin(-1).sum() + strength[-1, last]
        most = strength[:-1].amax(-1).sum() + strength[-1, last]
        low = lowest_sums(amount[None, :-1])[0] + amount[-1, last]
        high = amount[-1, last] - lowest_sums(-amount[None, :-1])[0]
        low = torch.minimum(low / least, low / most)
        high = torch.maximum(high / least, high / most)
        columns.append(torch.stack([low, high]) + centre)
    return torch.stack(columns, dim=-1)
