# Masks the future already.
def attention_scores(model, tokens):
    _, cache = model.run_with_cache(tokens)
    q, k = cache["q", 0][:, :, 0], cache["k", 0][:, :, 0]
    scores = q @ k.mT / model.cfg.d_head**0.5
    return scores.masked_fill(torch.ones_like(scores).triu(1).bool(), float("-inf"))
