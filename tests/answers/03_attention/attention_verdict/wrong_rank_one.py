# The head writes along one line: a description, and of one part only.
def averages_its_past(model, tokens, labels):
    first, second = torch.linalg.svdvals(model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0])[:2]
    return bool(second < 0.01 * first)
