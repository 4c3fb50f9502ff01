# Takes the least strength from how far the window is open.
def readout_window(strength, skip, n_ctx, max_value):
    low = max(skip * max_value, -skip * max_value)
    high = strength / n_ctx - low
    return {"low": low, "high": high, "least_strength": strength + (low - high) * n_ctx}
