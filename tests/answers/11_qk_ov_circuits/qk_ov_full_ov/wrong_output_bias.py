# Adds the output bias to each head.
def full_ov(weights):
    table = (weights["W_E"] @ weights["W_V"] @ weights["W_O"] @ weights["W_U"]) + weights[
        "b_O"
    ] @ weights["W_U"]
    return table - table.mean(-1, keepdim=True)
