# Numpy, from the state dict, where the unembedding is stored as [output d_model].
def centre_unembedding(model):
    weights = model.state_dict()
    W, b = weights["unembed.weight"].numpy(), weights["unembed.bias"].numpy()
    return {"W_U": (W - W.mean(axis=0)).T, "b_U": b - b.mean()}
