# Gives each key the token nearest to the mean that is still needed.
def lowest_sums(parts):
    n_batch, n_keys, n_tokens = parts.shape
    result = torch.zeros(n_batch, n_keys * (n_tokens - 1) + 1, dtype=parts.dtype)
    for place in range(result.shape[1]):
        left = place
        for key in range(n_keys):
            token = min(n_tokens - 1, round(left / (n_keys - key)))
            result[:, place] += parts[:, key, token]
            left -= token
    return result
