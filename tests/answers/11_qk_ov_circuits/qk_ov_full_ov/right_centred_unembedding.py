# Centres the unembedding first, in float64, head by head.
def full_ov(weights):
    W_U = weights["W_U"].double()
    W_U = W_U - W_U.mean(1, keepdim=True)
    heads = zip(weights["W_V"].double(), weights["W_O"].double())
    return torch.stack([weights["W_E"].double() @ (V @ (O @ W_U)) for V, O in heads])
