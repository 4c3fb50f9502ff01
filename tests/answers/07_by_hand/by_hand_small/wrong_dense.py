# Is right and sure, but turned at random: hundreds of numbers.
def small_circuit(n_ctx, max_value):
    margin = math.log(2 / math.expm1(-math.log(0.92)))
    gain = 2 * n_ctx * margin
    each = (gain * max_value) ** (1 / 4)
    values = torch.arange(-max_value, max_value + 1.0)
    reads, writes = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    generator = torch.Generator().manual_seed(0)
    turn = torch.linalg.qr(torch.randn(24, 24, generator=generator)).Q
    reads, writes = turn[0], turn[1]
    return {
        "W_E": values[:, None] * reads * each / max_value,
        "W_V": each * reads[:, None],
        "W_O": each * writes[None],
        "W_U": each * writes[:, None] * torch.tensor([-1.0, 0.0, 1.0]),
        "b_U": torch.tensor([0.0, margin, 0.0]),
    }
