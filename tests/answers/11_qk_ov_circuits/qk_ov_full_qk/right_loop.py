# Head by head through W_QK, in float64.
def full_qk(weights):
    E = weights["W_E"].double()
    tables = []
    for Q, K in zip(weights["W_Q"].double(), weights["W_K"].double()):
        tables.append(E @ (Q @ K.T) @ E.T)
    return torch.stack(tables)
