# The stub, as released.
def rewire(model):
    """Return an unembedding that reads the right answer off what the head alone writes."""
    raise NotImplementedError
