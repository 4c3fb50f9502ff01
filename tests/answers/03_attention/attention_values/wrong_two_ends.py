# Draws the line through the two end tokens instead of fitting all.
def value_line(model, direction):
    written = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0] @ direction
    slope = float(written[10] - written[0]) / 10
    values = torch.arange(-5.0, 6.0)
    r2 = torch.corrcoef(torch.stack([values, written]))[0, 1] ** 2
    return {"slope": slope, "intercept": float(written[0]) + 5 * slope, "r2": float(r2)}
