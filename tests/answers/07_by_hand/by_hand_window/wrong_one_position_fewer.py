# Takes the mean over the earlier tokens only.
def readout_window(strength, skip, n_ctx, max_value):
    leak = abs(skip) * max_value
    return {
        "low": leak,
        "high": strength / (n_ctx - 1) - leak,
        "least_strength": 2 * leak * (n_ctx - 1),
    }
