# Reads the cache entry named after the scores, which holds the pattern.
def attention_scores(model, tokens):
    _, cache = model.run_with_cache(tokens)
    return cache["attn_scores", 0][:, 0]
