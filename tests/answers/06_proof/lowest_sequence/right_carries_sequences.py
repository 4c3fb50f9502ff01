# Carries the best sequence itself along with its cost.
def lowest_sequence(parts, total):
    n_keys, n_tokens = parts.shape
    best = {0: (0.0, ())}
    for key in parts.tolist():
        longer = {}
        for place, (cost, tokens) in best.items():
            for token, more in enumerate(key):
                new = (cost + more, (*tokens, token))
                if place + token not in longer or new[0] < longer[place + token][0]:
                    longer[place + token] = new
        best = longer
    return list(best[total + n_keys * (n_tokens // 2)][1])
