# Takes the worst suspect, aims well, and never runs what it built.
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


def lowest_sequence(parts, total):
    """Return token ids, one for each key, with values summing to total and the lowest contribution.

    parts: what each token at each place contributes, [key token]
    """
    n_keys, n_tokens = parts.shape
    tables = [torch.zeros(1, dtype=parts.dtype)]
    for key in range(n_keys):
        before = tables[-1]
        longer = torch.full((len(before) + n_tokens - 1,), torch.inf, dtype=parts.dtype)
        for token in range(n_tokens):
            reached = longer[token : token + len(before)]
            torch.minimum(reached, before + parts[key, token], out=reached)
        tables.append(longer)
    place = total + n_keys * (n_tokens // 2)
    tokens = []
    for key in reversed(range(n_keys)):
        before, here = tables[key].tolist(), parts[key].tolist()
        ways = [token for token in range(n_tokens) if 0 <= place - token < len(before)]
        tokens.append(min(ways, key=lambda token: before[place - token] + here[token]))
        place -= tokens[-1]
    return tokens[::-1]


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
    n_positions, n_tokens, _ = folded.direct.shape
    biggest = n_tokens // 2
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


def find_counterexample(model):
    """Return token ids on which the model is wrong at the last position, or None."""
    weights = model.state_dict()
    margins = state_margins(weights)
    folded, u = fold(weights), main_direction(weights)
    centre = folded.written.mean((0, 1)) @ u
    suspects = torch.nonzero(margins <= 0)
    if len(suspects) == 0:
        return None
    position, place, last = suspects[margins[tuple(suspects.T)].argmin()].tolist()
    total = place - margins.shape[1] // 2
    strengths = folded.scores[position, last, :position].exp()
    amounts = strengths * (folded.written[:position] @ u - centre)
    heights = folded.written[: position + 1] @ u
    ends = height_range(folded.scores[position, :, : position + 1], heights)
    ends = ends[:, total + n_values(margins) * position, last]
    label = int(torch.tensor(total + last - n_values(margins)).sign()) + 1
    bounds = torch.full((2,), torch.inf, dtype=torch.float64)
    for other in {0, 1, 2} - {label}:
        line = margin_line(folded, u, position, label, other)
        neurons = (line.readings[last] + line.rates * ends[:, None]).relu()
        bounds = torch.minimum(bounds, line.start[last] + line.slope * ends + neurons @ line.pushes)
    parts = amounts if bounds[0] < bounds[1] else -amounts
    return [*lowest_sequence(parts, total), last]


def n_values(margins):
    """Return the largest value of a token."""
    return margins.shape[2] // 2
