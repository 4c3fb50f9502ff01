# Masks the future already, with a large number for infinity.
def attention_scores(model, tokens):
    _, cache = model.run_with_cache(tokens)
    queries, keys = cache[QUERIES][:, :, 0], cache[KEYS][:, :, 0]
    scores = queries @ keys.transpose(-1, -2) / model.cfg.d_head**0.5
    return scores.masked_fill(torch.ones_like(scores).triu(1).bool(), -1e9)
