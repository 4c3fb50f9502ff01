# Right for 20 positions and 11 tokens, which are written into it.
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
    centre = heights.mean()
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


def lowest_value(start, slope, readings, rates, pushes, low, high):
    """Return the minimum over low <= x <= high of the margin f(x), exactly, [state].

    start, low, high: [state]; readings: [state neuron]; rates, pushes: [neuron]; slope: a number
    """
    low, high = low[:, None], high[:, None]
    corners = torch.where(rates != 0, -readings / rates, low).clamp(low, high)
    x = torch.cat([low, high, corners], dim=1)  # [state place]
    neurons = (readings[:, None] + rates * x[..., None]).relu()  # [state place neuron]
    return (start[:, None] + slope * x + neurons @ pushes).amin(-1)


def state_margins(weights):
    """Return a proved lower bound on the margin in each state, [position sum last]."""
    folded, u, rounding = fold(weights), main_direction(weights), rounding_bound(weights)
    n_positions, n_tokens, biggest = 20, 11, 5
    last_values = torch.arange(-biggest, biggest + 1)
    n_sums = 2 * biggest * (n_positions - 1) + 1
    margins = torch.full((n_positions, n_sums, n_tokens), torch.nan, dtype=torch.float64)
    for position in range(n_positions):
        heights = folded.written[: position + 1] @ u
        low, high = height_range(folded.scores[position, :, : position + 1], heights)
        sums = torch.arange(-biggest * position, biggest * position + 1)
        labels = (sums[:, None] + last_values).sign() + 1
        last_ids = torch.arange(n_tokens).expand_as(labels)
        worst = torch.full(labels.shape, torch.inf, dtype=torch.float64)
        for label in range(3):
            here = labels == label
            t = last_ids[here]
            for other in {0, 1, 2} - {label}:
                line = margin_line(folded, u, position, label, other)
                margin = lowest_value(
                    line.start[t],
                    line.slope,
                    line.readings[t],
                    line.rates,
                    line.pushes,
                    low[here],
                    high[here],
                )
                worst[here] = torch.minimum(worst[here], margin - line.slack[t])
        margins[position, sums + biggest * (n_positions - 1)] = worst - rounding
    return margins
