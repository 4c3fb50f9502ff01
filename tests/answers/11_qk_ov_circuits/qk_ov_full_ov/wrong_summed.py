# Adds the heads up.
def full_ov(weights):
    table = (weights["W_E"] @ weights["W_V"] @ weights["W_O"] @ weights["W_U"]).sum(0)
    return table - table.mean(-1, keepdim=True)
