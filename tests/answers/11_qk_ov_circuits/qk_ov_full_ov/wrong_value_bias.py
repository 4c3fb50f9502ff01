# Adds the value bias.
def full_ov(weights):
    values = weights["W_E"] @ weights["W_V"] + weights["b_V"][:, None]
    table = values @ weights["W_O"] @ weights["W_U"]
    return table - table.mean(-1, keepdim=True)
