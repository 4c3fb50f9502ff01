# Tries every length, smallest sum and last token that can occur.
def readout_window(strength, skip, n_ctx, max_value):
    low, high = 0.0, float("inf")
    for length in range(1, n_ctx + 1):
        for last in range(-max_value, max_value + 1):
            for total in range(0, max_value + 1):
                if abs(total - last) > (length - 1) * max_value:
                    continue
                stream = skip * last + strength * total / length
                if total == 0:
                    low = max(low, abs(stream))
                else:
                    high = min(high, stream)
    return {"low": low, "high": high, "least_strength": 2 * max_value * abs(skip) * n_ctx}
