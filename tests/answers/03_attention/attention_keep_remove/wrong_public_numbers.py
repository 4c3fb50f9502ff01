# Hard-codes the public model's accuracies.
def keep_and_remove(model, tokens, labels, direction):
    return {"keep": 1.0, "remove": 0.0975}
