# Assumes that a sequence of sum 1 ends on +1.
def readout_window(strength, skip, n_ctx, max_value):
    leak = abs(skip) * max_value
    return {
        "low": leak,
        "high": strength / n_ctx - abs(skip),
        "least_strength": (leak + abs(skip)) * n_ctx,
    }
