# the highest over positions in place of outputs
def in_words(model, tokens, names):
    return [[names[index % 3] for index in row] for row in model(tokens).argmax(1).tolist()]
