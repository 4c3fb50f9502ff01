# Forgets the skip path.
def readout_window(strength, skip, n_ctx, max_value):
    leak = 0.0
    return {
        "low": leak,
        "high": strength / n_ctx - leak,
        "least_strength": 2 * leak * n_ctx,
    }
