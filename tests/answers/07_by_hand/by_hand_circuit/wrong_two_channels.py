# Is right, but two numbers wide.
def build_circuit(n_ctx, max_value):
    values = torch.arange(-max_value, max_value + 1.0)
    return {
        "W_E": torch.stack([values, 0 * values], dim=1),
        "W_V": torch.tensor([[1.0], [0.0]]),
        "W_O": torch.tensor([[0.0, 2.0 * n_ctx]]),
        "W_U": torch.tensor([[0.0, 0.0, 0.0], [-1.0, 0.0, 1.0]]),
        "b_U": torch.tensor([0.0, 1.0, 0.0]),
    }
