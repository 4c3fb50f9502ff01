# Builds a tree of training sequences and walks down it with each validation sequence.
def prefix_leakage(train, validation):
    tree = {}
    for row in train.tolist():
        node = tree
        for token in row:
            node = node.setdefault(token, {})
    known = [0] * validation.shape[1]
    for row in validation.tolist():
        node = tree
        for position, token in enumerate(row):
            if token not in node:
                break
            known[position] += 1
            node = node[token]
    return torch.tensor(known) / len(validation)
