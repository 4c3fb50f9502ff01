# Leaves in what no softmax feels.
def full_ov(weights):
    return weights["W_E"] @ weights["W_V"] @ weights["W_O"] @ weights["W_U"]
