# NumPy's SVD in float64, three rising slopes for −, 0, +, and a hundred times as sure.
def rewire(model):
    import numpy as np

    get = lambda W: W.detach().numpy().astype(np.float64)
    V, O = get(model.W_V[0, 0]), get(model.W_O[0, 0])
    C = get(model.W_E) @ V @ O
    b = get(model.b_V[0, 0]) @ O + get(model.b_O[0])
    u = np.linalg.svd(C, full_matrices=False)[2][0]
    slope, height = np.polyfit(np.arange(-5, 6), C @ u, 1)
    start = (height + b @ u) / slope
    sure = 100.0
    W_U = np.stack([0 * u, sure * u / slope, 2 * sure * u / slope], 1)
    return {
        "W_U": W_U,
        "b_U": np.array([0.0, sure * (0.5 / model.cfg.n_ctx - start), -2 * sure * start]),
    }
