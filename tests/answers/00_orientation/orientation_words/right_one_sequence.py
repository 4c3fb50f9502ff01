# one sequence at a time
def in_words(model, tokens, names):
    said = []
    for sequence in tokens:
        _, best = model(sequence[None])[0].topk(1)
        said.append([names[index] for index in best[:, 0].tolist()])
    return said
