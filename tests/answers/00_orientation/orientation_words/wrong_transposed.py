# one list a position, not one a sequence
def in_words(model, tokens, names):
    return [[names[index] for index in row] for row in model(tokens).argmax(-1).T.tolist()]
