# The direction from −5's row to +5's, in plain arithmetic.
def rewire(model):
    rows = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0] + model.b_V[0, 0] @ model.W_O[0, 0]
    rows = rows + model.b_O[0]
    across = rows[-1] - rows[0]
    reading = across * (2 * 5) / (across @ across)
    start = rows.mean(0) @ reading
    return {
        "W_U": torch.stack([-reading, 0 * reading, reading], 1),
        "b_U": torch.tensor([float(start), 0.5 / model.cfg.n_ctx, -float(start)]),
    }
