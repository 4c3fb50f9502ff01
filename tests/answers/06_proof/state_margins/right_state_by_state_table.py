# Both rivals for all states at once, labels picked by masks; ranges widened by a hair.
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
    folded, u, rounding = fold(weights), main_direction(weights), rounding_bound(weights)
    n_positions, n_tokens = folded.direct.shape[:2]
    m = n_tokens // 2
    table = torch.full(
        (n_positions, 2 * m * (n_positions - 1) + 1, n_tokens), float("nan")
    ).double()
    for n in range(n_positions):
        ranges = height_range(folded.scores[n, :, : n + 1], folded.written[: n + 1] @ u)
        low, high = ranges[0] - 1e-9, ranges[1] + 1e-9
        sums = torch.arange(-m * n, m * n + 1)
        total = (sums[:, None] + torch.arange(-m, m + 1)).flatten()
        last = torch.arange(n_tokens).repeat(len(sums))
        best = torch.full(total.shape, float("inf"), dtype=torch.float64)
        for label, where in enumerate((total < 0, total == 0, total > 0)):
            for other in range(3):
                if other == label:
                    continue
                line = margin_line(folded, u, n, label, other)
                value = (
                    lowest_value(
                        line.start[last],
                        line.slope,
                        line.readings[last],
                        line.rates,
                        line.pushes,
                        low.flatten(),
                        high.flatten(),
                    )
                    - line.slack[last]
                    - rounding
                )
                best = torch.where(where, torch.minimum(best, value), best)
        table[n, sums + m * (n_positions - 1)] = best.reshape(len(sums), n_tokens)
    return table
