# The stub itself.
def state_margins(weights):
    raise NotImplementedError()
