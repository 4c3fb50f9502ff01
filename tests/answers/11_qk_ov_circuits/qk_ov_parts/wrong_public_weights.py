# Uses the public model's raw weights.
def score_parts(weights, tokens, scale):
    names = ("W_Q", "b_Q", "W_K", "b_K")
    weights = {"W_E": model.W_E, "W_pos": model.W_pos, **{n: getattr(model, n)[0] for n in names}}
    length = tokens.shape[1]
    token = (weights["W_E"][tokens] / scale)[:, None]
    place = (weights["W_pos"][:length] / scale)[:, None]
    root = weights["W_Q"].shape[-1] ** 0.5
    parts = {}
    sides = {"token": token, "position": place}
    for one, q in sides.items():
        for other, k in sides.items():
            queries, keys = q @ weights["W_Q"], k @ weights["W_K"]
            parts[f"{one}_{other}"] = queries @ keys.transpose(-1, -2) / root
    read = token + place
    queries, keys = read @ weights["W_Q"], read @ weights["W_K"]
    b_Q, b_K = weights["b_Q"][:, None], weights["b_K"][:, None]
    biases = (
        queries @ b_K.transpose(-1, -2) + b_Q @ keys.transpose(-1, -2) + b_Q @ b_K.transpose(-1, -2)
    )
    return {**parts, "biases": biases / root}
