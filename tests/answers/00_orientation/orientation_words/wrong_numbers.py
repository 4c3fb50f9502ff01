# numbers of outputs, not words
def in_words(model, tokens, names):
    return model(tokens).argmax(-1)
