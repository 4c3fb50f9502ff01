# Charges nothing for what a run rounds.
def sum_shares(n_tokens, max_value):
    """Return the share of all sequences of n_tokens tokens that has each sum: float64 [sum]."""
    n_values = 2 * max_value + 1
    shares = torch.ones(1, dtype=torch.float64)
    for _ in range(n_tokens):
        longer = torch.zeros(len(shares) + n_values - 1, dtype=torch.float64)
        for token in range(n_values):
            longer[token : token + len(shares)] += shares / n_values
        shares = longer
    return shares


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
    folded, u = fold(weights), main_direction(weights)
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
        margins[position, sums + biggest * (n_positions - 1)] = worst
    return margins


def certify(weights):
    """Prove how accurate a model is on all inputs; return the proof and its worst case."""
    margins = state_margins(weights)
    n_positions, n_sums, n_tokens = margins.shape
    biggest, middle = n_tokens // 2, n_sums // 2
    accuracy = 0.0
    for position in range(n_positions):
        reach = biggest * position
        proved = margins[position, middle - reach : middle + reach + 1] > 0
        right = (sum_shares(position, biggest)[:, None] * proved).sum() / n_tokens
        accuracy += right.item() / n_positions

    folded, u = fold(weights), main_direction(weights)
    centre = folded.written.mean((0, 1)) @ u
    known = margins.nan_to_num(torch.inf)
    witness, witness_margin = [], torch.inf
    for state in known.flatten().argsort()[:20]:
        position, place, last = (int(index) for index in torch.unravel_index(state, margins.shape))
        strengths = folded.scores[position, last, :position].exp()
        amounts = strengths * (folded.written[:position] @ u - centre)
        for parts in (amounts, -amounts):
            tokens = [*lowest_sequence(parts, place - middle), last]
            margin = real_margins(weights, torch.tensor([tokens]))[0, -1].item()
            if margin < witness_margin:
                witness, witness_margin = tokens, margin
    return {
        "margins": margins,
        "accuracy": accuracy,
        "worst_margin": known.min().item(),
        "witness": witness,
        "witness_margin": witness_margin,
    }
