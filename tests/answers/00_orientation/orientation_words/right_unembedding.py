# the stream before the unembedding, times the unembedding, in float64
def in_words(model, tokens, names):
    _, cache = model.run_with_cache(tokens)
    stream = cache["blocks.0.hook_resid_post"].double()
    logits = stream @ model.W_U.double() + model.b_U.double()
    return [list(map(names.__getitem__, row)) for row in logits.max(dim=-1).indices.tolist()]
