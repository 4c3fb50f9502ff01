# Spreads the total evenly over the keys.
def lowest_sequence(parts, total):
    n_keys, n_tokens = parts.shape
    left, tokens = total + n_keys * (n_tokens // 2), []
    for key in range(n_keys):
        tokens.append(round(left / (n_keys - key)))
        left -= tokens[-1]
    return tokens
