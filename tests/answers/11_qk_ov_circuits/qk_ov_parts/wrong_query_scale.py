# Everything is divided by the query's scale alone, squared.
def score_parts(weights, tokens, scale):
    place = weights["W_pos"][: tokens.shape[1]].expand(len(tokens), -1, -1)
    sides = {"token": weights["W_E"][tokens][:, None], "position": place[:, None]}
    divide = scale[:, None] ** 2 * weights["W_Q"].shape[-1] ** 0.5
    parts = {}
    for one, q in sides.items():
        for other, k in sides.items():
            queries, keys = q @ weights["W_Q"], k @ weights["W_K"]
            parts[f"{one}_{other}"] = queries @ keys.transpose(-1, -2) / divide
    return {**parts, "biases": 0 * parts["token_token"]}
