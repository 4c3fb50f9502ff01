# Goes on through the unembedding, past the MLP.
def ov_circuit(model):
    return model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0] @ model.W_U
