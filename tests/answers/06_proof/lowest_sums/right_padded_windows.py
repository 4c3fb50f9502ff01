# Pads with infinity and takes the minimum over windows.
def lowest_sums(parts):
    n_batch, n_keys, n_tokens = parts.shape
    lowest = torch.zeros(n_batch, 1, dtype=parts.dtype)
    for key in range(n_keys):
        padded = torch.nn.functional.pad(lowest, (n_tokens - 1, n_tokens - 1), value=torch.inf)
        windows = padded.unfold(1, n_tokens, 1)  # entry i of a window appends token n − 1 − i
        lowest = (windows + parts[:, key].flip(-1)[:, None]).amin(-1)
    return lowest
