# Takes no constant off: sound, but loose.
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
    """Return the lowest and highest height, [2 sum last], by the sum of the earlier tokens.

    scores: what each last token scores each token at each place, [last key token]
    heights: what the head writes for each token at each place, along u, [key token]
    """
    centre = 0.0
    strengths = (scores - scores.max()).exp()
    amounts = strengths * (heights - centre)

    # Four questions to the dynamic programme, in one batch: it answers "lowest" only.
    tables = torch.stack([strengths, -strengths, amounts, -amounts])  # [4 last key token]
    own = tables[:, :, -1].diagonal(dim1=1, dim2=2)[..., None]  # [4 last 1]
    lowest = own + lowest_sums(tables[:, :, :-1].flatten(0, 1)).unflatten(0, (4, -1))
    least, most, low, high = lowest[0], -lowest[1], lowest[2], -lowest[3]
    low = torch.where(low > 0, low / most, low / least)
    high = torch.where(high > 0, high / least, high / most)
    return centre + torch.stack([low.mT, high.mT])
