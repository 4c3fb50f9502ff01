# Asks for a margin over one rival only.
def small_circuit(n_ctx, max_value):
    margin = math.log(0.9 / 0.1)
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
