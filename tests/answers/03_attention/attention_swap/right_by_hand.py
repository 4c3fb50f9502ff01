# Rebuilds the forward pass by hand with running means of the values.
def swap_uniform(model, tokens, labels):
    n = tokens.shape[1]
    x = model.W_E[tokens] + model.W_pos[:n]
    v = x @ model.W_V[0, 0] + model.b_V[0, 0]
    z = v.cumsum(1) / torch.arange(1, n + 1)[:, None]
    mid = x + z @ model.W_O[0, 0] + model.b_O[0]
    hidden = torch.relu(mid @ model.W_in[0] + model.b_in[0])
    logits = (mid + hidden @ model.W_out[0] + model.b_out[0]) @ model.W_U + model.b_U
    ce = torch.nn.CrossEntropyLoss()
    return float(
        ce(logits.reshape(-1, 3), labels.reshape(-1))
        - ce(model(tokens).reshape(-1, 3), labels.reshape(-1))
    )
