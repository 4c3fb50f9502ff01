# Builds the sequence with the highest contribution.
def lowest_sequence(parts, total):
    """Return token ids, one for each key, with values summing to total and the lowest contribution.

    parts: what each token at each place contributes, [key token]
    """
    parts = -parts
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
