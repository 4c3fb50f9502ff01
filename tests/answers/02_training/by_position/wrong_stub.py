# The stub, untouched.
def by_position(model, tokens, labels):
    raise NotImplementedError()
