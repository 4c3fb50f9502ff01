# Forgets that positions are embedded too.
def attention_scores(model, tokens):
    x = model.W_E[tokens]
    q = x @ model.W_Q[0, 0] + model.b_Q[0, 0]
    k = x @ model.W_K[0, 0] + model.b_K[0, 0]
    return q @ k.mT / model.cfg.d_head**0.5
