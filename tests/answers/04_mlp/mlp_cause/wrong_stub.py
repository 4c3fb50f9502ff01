# The stub itself.
def correlation_and_cost(model, tokens, labels):
    raise NotImplementedError("Your code here")
