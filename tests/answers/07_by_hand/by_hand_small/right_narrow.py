# One channel: many weak paths through the head shout the leak down, within the budget.
def small_circuit(n_ctx, max_value):
    room = 1.42  # strength over the least strength
    paths = math.ceil(2 * room * max_value * n_ctx / 100)
    strength = 100 * paths
    line = strength / n_ctx / 2
    scale = 10 / line if line > 10 else 1.0
    scale = max(scale, min(10 / line, 3.1 / (line - max_value)))
    return {
        "W_E": torch.arange(-max_value, max_value + 1.0)[:, None],
        "W_V": torch.full((1, paths), 10.0),
        "W_O": torch.full((paths, 1), 10.0),
        "W_U": scale * torch.tensor([[-1.0, 0.0, 1.0]]),
        "b_U": torch.tensor([0.0, scale * line, 0.0]),
    }
