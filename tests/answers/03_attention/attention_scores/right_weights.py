# Computes queries and keys from the residual stream and the weights, biases included.
def attention_scores(model, tokens):
    n = tokens.shape[1]
    x = model.W_E[tokens] + model.W_pos[:n]
    q = torch.einsum("bpm,mh->bph", x, model.W_Q[0, 0]) + model.b_Q[0, 0]
    k = torch.einsum("bpm,mh->bph", x, model.W_K[0, 0]) + model.b_K[0, 0]
    return torch.einsum("bqh,bkh->bqk", q, k) / q.shape[-1] ** 0.5
