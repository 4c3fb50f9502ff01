# One einsum over the three matrices, in float64.
def ov_circuit(model):
    return torch.einsum(
        "tm,mh,hn->tn", model.W_E.double(), model.W_V[0, 0].double(), model.W_O[0, 0].double()
    )
