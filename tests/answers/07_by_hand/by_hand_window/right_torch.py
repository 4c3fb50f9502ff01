# Tensors, one element each.
def readout_window(strength, skip, n_ctx, max_value):
    leak = torch.tensor(skip, dtype=torch.float64).abs() * max_value
    return {
        "low": leak,
        "high": torch.tensor([strength / n_ctx]).double() - leak,
        "least_strength": (2 * n_ctx * leak).reshape(1),
    }
