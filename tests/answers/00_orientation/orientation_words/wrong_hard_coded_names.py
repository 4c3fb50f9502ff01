# the names of the course's outputs, not those that are given
def in_words(model, tokens, names):
    words = ("negative", "zero", "positive")
    return [[words[index] for index in row] for row in model(tokens).argmax(-1).tolist()]
