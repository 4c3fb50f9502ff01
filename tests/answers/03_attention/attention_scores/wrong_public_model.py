# Ignores the model it is given and uses the public one.
def attention_scores(model, tokens):
    _, cache = load_public("cumsum").run_with_cache(tokens)
    q, k = cache["q", 0][:, :, 0], cache["k", 0][:, :, 0]
    return q @ k.mT / 12**0.5
