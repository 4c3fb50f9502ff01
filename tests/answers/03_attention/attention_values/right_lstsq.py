# A design matrix and torch's least squares, in float64.
def value_line(model, direction):
    written = (model.W_E @ (model.W_V[0, 0] @ (model.W_O[0, 0] @ direction))).double()
    values = decode(torch.arange(model.cfg.d_vocab)).double()
    design = torch.stack([values, torch.ones_like(values)], dim=1)
    slope, intercept = torch.linalg.lstsq(design, written[:, None]).solution[:, 0]
    fitted = design @ torch.stack([slope, intercept])
    r2 = fitted.var() / written.var()
    return {"slope": slope, "intercept": intercept, "r2": r2}
