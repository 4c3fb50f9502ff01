# Takes skip with its sign.
def readout_window(strength, skip, n_ctx, max_value):
    leak = skip * max_value
    return {
        "low": leak,
        "high": strength / n_ctx - leak,
        "least_strength": 2 * leak * n_ctx,
    }
