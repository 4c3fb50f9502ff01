# Tries ten thousand random sequences.
def find_counterexample(model):
    weights = model.state_dict()
    length = model.cfg.n_ctx
    task = CUMSUM if length == 20 else LONG_CUMSUM
    tokens = task.sample(2_000, torch.Generator().manual_seed(0))
    margins = real_margins(weights, tokens)
    if margins.min() >= 0:
        return None
    row, position = divmod(int(margins.argmin()), length)
    return tokens[row, : position + 1].tolist()
