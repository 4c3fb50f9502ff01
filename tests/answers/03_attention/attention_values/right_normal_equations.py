# Solves the normal equations for a column of two unknowns; each number keeps an axis of its own.
def value_line(model, direction):
    y = (model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0] @ direction)[:, None]
    X = torch.stack([decode(torch.arange(11)).float(), torch.ones(11)], dim=1)
    line = torch.linalg.solve(X.T @ X, X.T @ y)
    left = ((y - X @ line) ** 2).sum(0, keepdim=True)
    total = ((y - y.mean()) ** 2).sum(0, keepdim=True)
    return {"slope": line[0], "intercept": line[1], "r2": 1 - left / total}
