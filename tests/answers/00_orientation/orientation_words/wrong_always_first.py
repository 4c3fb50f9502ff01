# the first name everywhere
def in_words(model, tokens, names):
    return [[names[0]] * tokens.shape[1] for _ in tokens]
