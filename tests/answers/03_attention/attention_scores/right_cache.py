# Reads queries and keys from the cache and multiplies them.
def attention_scores(model, tokens):
    _, cache = model.run_with_cache(tokens)
    q = cache["blocks.0.attn.hook_q"][:, :, 0]
    k = cache["blocks.0.attn.hook_k"][:, :, 0]
    return q @ k.transpose(1, 2) / model.cfg.d_head**0.5
