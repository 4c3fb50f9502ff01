# the answer at the last position, repeated
def in_words(model, tokens, names):
    best = model(tokens)[:, -1].argmax(-1).tolist()
    return [[names[index]] * tokens.shape[1] for index in best]
