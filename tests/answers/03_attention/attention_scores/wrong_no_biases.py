# Leaves the biases of queries and keys out.
def attention_scores(model, tokens):
    x = model.W_E[tokens] + model.W_pos[: tokens.shape[1]]
    q, k = x @ model.W_Q[0, 0], x @ model.W_K[0, 0]
    return q @ k.mT / model.cfg.d_head**0.5
