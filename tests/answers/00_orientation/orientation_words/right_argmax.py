# the index of the highest logit picks the name
def in_words(model, tokens, names):
    return [[names[best] for best in row] for row in model(tokens).argmax(-1).tolist()]
