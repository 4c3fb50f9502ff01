# The stub itself.
def neuron_roles(model, tokens, labels, least):
    raise NotImplementedError("Your code here")
