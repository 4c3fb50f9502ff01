# The stub itself.
def without_mlp(model, tokens, labels):
    raise NotImplementedError("Your code here")
