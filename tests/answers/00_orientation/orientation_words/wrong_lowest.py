# the output with the lowest logit
def in_words(model, tokens, names):
    return [[names[index] for index in row] for row in model(tokens).argmin(-1).tolist()]
