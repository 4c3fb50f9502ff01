# Looks pairs up in tables of all tokens and places; biases by what is missing to the sum.
def score_parts(weights, tokens, scale):
    length, root = tokens.shape[1], weights["W_Q"].shape[-1] ** 0.5
    E, P = weights["W_E"], weights["W_pos"][:length]
    divide = (scale @ scale.transpose(1, 2))[:, None] * root

    def table(one, other):
        return (one @ weights["W_Q"]) @ (other @ weights["W_K"]).transpose(-1, -2)

    where = torch.arange(length).expand_as(tokens)
    sides = {"token": (E, tokens), "position": (P, where)}
    parts = {}
    for one, (rows, query) in sides.items():
        for other, (columns, key) in sides.items():
            picked = table(rows, columns)[:, query[:, :, None], key[:, None, :]]
            parts[f"{one}_{other}"] = picked.transpose(0, 1) / divide
    read = ((E[tokens] + P) / scale)[:, None]
    queries = read @ weights["W_Q"] + weights["b_Q"][:, None]
    keys = read @ weights["W_K"] + weights["b_K"][:, None]
    parts["biases"] = queries @ keys.transpose(-1, -2) / root - sum(parts.values())
    return parts
