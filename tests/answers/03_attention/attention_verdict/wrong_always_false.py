# Says no to every model.
def averages_its_past(model, tokens, labels):
    return False
