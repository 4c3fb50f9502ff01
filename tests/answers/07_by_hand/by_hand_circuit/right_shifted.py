# Embeds value + 1 and takes the 1 out again with the biases.
def build_circuit(n_ctx, max_value):
    strength = 5 * n_ctx * max_value
    return {
        "W_E": torch.arange(-max_value, max_value + 1)[:, None] + 1,
        "W_V": torch.ones(1, 1, dtype=torch.float64),
        "b_V": torch.tensor([-1.0]),
        "W_O": torch.tensor([[float(strength)]]),
        "b_O": torch.tensor([-1.0]),
        "W_U": torch.tensor([[-2.0, 0.0, 2.0]]),
        "b_U": torch.tensor([0.0, 2 * 2.5 * max_value, 0.0]),
    }
