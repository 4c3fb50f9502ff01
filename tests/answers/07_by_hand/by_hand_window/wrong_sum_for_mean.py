# Lets the head add up, not average.
def readout_window(strength, skip, n_ctx, max_value):
    leak = abs(skip) * max_value
    return {
        "low": leak,
        "high": strength - leak,
        "least_strength": 2 * leak,
    }
