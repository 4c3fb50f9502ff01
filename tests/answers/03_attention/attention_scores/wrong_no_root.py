# Forgets to divide by the root of d_head.
def attention_scores(model, tokens):
    _, cache = model.run_with_cache(tokens)
    q, k = cache["q", 0][:, :, 0], cache["k", 0][:, :, 0]
    return q @ k.mT
