# The stub, untouched.
def mean_cross_entropy(logits, labels):
    raise NotImplementedError()
