# loops over sequences and positions, comparing the logits one by one
def in_words(model, tokens, names):
    said = []
    for sequence in model(tokens):
        row = []
        for logits in sequence:
            best = 0
            for index in range(len(names)):
                if logits[index] > logits[best]:
                    best = index
            row.append(names[best])
        said.append(row)
    return said
