# Puts the key on the query's axis.
def attention_scores(model, tokens):
    _, cache = model.run_with_cache(tokens)
    q, k = cache["q", 0][:, :, 0], cache["k", 0][:, :, 0]
    return k @ q.mT / model.cfg.d_head**0.5
