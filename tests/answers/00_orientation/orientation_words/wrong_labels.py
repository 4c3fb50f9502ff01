# what would be right, whatever the model answers
def in_words(model, tokens, names):
    return [[names[label] for label in row] for row in CUMSUM.label(tokens).tolist()]
