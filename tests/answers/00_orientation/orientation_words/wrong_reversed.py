# the names in reverse order
def in_words(model, tokens, names):
    names = names[::-1]
    return [[names[index] for index in row] for row in model(tokens).argmax(-1).tolist()]
