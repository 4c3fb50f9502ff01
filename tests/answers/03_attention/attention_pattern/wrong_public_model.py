# Ignores the scores and shows the public model's pattern.
def attention_pattern(scores):
    _, cache = model.run_with_cache(tokens[: len(scores)])
    return cache["pattern", 0][:, 0]
