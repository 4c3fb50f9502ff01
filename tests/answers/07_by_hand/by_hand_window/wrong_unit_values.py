# Leaves the largest value out.
def readout_window(strength, skip, n_ctx, max_value):
    leak = abs(skip)
    return {
        "low": leak,
        "high": strength / n_ctx - leak,
        "least_strength": 2 * leak * n_ctx,
    }
