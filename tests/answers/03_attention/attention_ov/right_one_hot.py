# Pushes one-hot tokens through the matrices, one token at a time.
def ov_circuit(model):
    rows = []
    for token in range(model.W_E.shape[0]):
        one_hot = torch.zeros(model.W_E.shape[0])
        one_hot[token] = 1.0
        rows.append(((one_hot @ model.W_E) @ model.W_V[0, 0]) @ model.W_O[0, 0])
    return torch.stack(rows)
