# The closed form of a least-squares line.
def value_line(model, direction):
    written = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0] @ direction
    values = torch.arange(-5.0, 6.0)
    slope = (values * written).sum() / (values**2).sum()
    intercept = written.mean()
    residual = written - slope * values - intercept
    r2 = 1 - (residual**2).sum() / ((written - written.mean()) ** 2).sum()
    return {"slope": slope.item(), "intercept": intercept.item(), "r2": r2.item()}
