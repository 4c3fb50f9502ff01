# Divides each source by the length of its own embedding.
def full_ov(weights):
    E = weights["W_E"] / weights["W_E"].square().mean(-1, keepdim=True).sqrt()
    table = E @ weights["W_V"] @ weights["W_O"] @ weights["W_U"]
    return table - table.mean(-1, keepdim=True)
