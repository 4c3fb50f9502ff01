# Four products and what holds a bias, in float64, term by term.
def score_parts(weights, tokens, scale):
    w = {name: table.double() for name, table in weights.items()}
    scale = scale.double()
    read = {
        "token": w["W_E"][tokens] / scale,
        "position": w["W_pos"][: tokens.shape[1]] / scale,
    }
    root = w["W_Q"].shape[-1] ** 0.5
    parts, biases = {}, torch.einsum("hd,hd->h", w["b_Q"], w["b_K"])[None, :, None, None]
    for one, q in read.items():
        query = torch.einsum("bqd,hde->bhqe", q, w["W_Q"])
        biases = biases + torch.einsum("bhqe,he->bhq", query, w["b_K"])[..., None]
        key = torch.einsum("bkd,hde->bhke", q, w["W_K"])
        biases = biases + torch.einsum("bhke,he->bhk", key, w["b_Q"])[:, :, None]
        for other, k in read.items():
            key = torch.einsum("bkd,hde->bhke", k, w["W_K"])
            parts[f"{one}_{other}"] = torch.einsum("bhqe,bhke->bhqk", query, key) / root
    return {**parts, "biases": biases / root}
