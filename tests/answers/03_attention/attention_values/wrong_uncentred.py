# The share of the heights' squares that the line explains, not of their variance.
def value_line(model, direction):
    heights = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0] @ direction
    values = torch.arange(-5.0, 6.0)
    slope, intercept = (values @ heights) / (values @ values), heights.mean()
    left_over = heights - slope * values - intercept
    r2 = 1 - left_over.square().sum() / heights.square().sum()
    return {"slope": slope, "intercept": intercept, "r2": r2}
