# Each row less its largest score, as for a softmax that mustn't overflow.
def attention_scores(model, tokens):
    _, cache = model.run_with_cache(tokens)
    queries, keys = cache[QUERIES][:, :, 0], cache[KEYS][:, :, 0]
    scores = queries @ keys.transpose(-1, -2) / model.cfg.d_head**0.5
    return scores - scores.amax(-1, keepdim=True)
