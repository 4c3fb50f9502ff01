# Divides by d_head instead of its root.
def attention_scores(model, tokens):
    _, cache = model.run_with_cache(tokens)
    q, k = cache["q", 0][:, :, 0], cache["k", 0][:, :, 0]
    return q @ k.mT / model.cfg.d_head
