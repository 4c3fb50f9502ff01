# Lets the last token leak at sum 0 only.
def readout_window(strength, skip, n_ctx, max_value):
    leak = abs(skip) * max_value
    return {
        "low": leak,
        "high": strength / n_ctx,
        "least_strength": leak * n_ctx,
    }
