# Calls the window open when high is above 0.
def readout_window(strength, skip, n_ctx, max_value):
    leak = abs(skip) * max_value
    return {
        "low": leak,
        "high": strength / n_ctx - leak,
        "least_strength": leak * n_ctx,
    }
