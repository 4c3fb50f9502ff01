# Draws the line on the edge of the window.
def build_circuit(n_ctx, max_value):
    strength = 4.0 * n_ctx * max_value
    return {
        "W_E": torch.arange(-max_value, max_value + 1.0)[:, None],
        "W_V": torch.tensor([[1.0]]),
        "W_O": torch.tensor([[strength]]),
        "W_U": torch.tensor([[-1.0, 0.0, 1.0]]),
        "b_U": torch.tensor([0.0, 1.0 * max_value, 0.0]),
    }
