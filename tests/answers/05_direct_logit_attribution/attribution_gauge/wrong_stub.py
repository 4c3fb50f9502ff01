# The stub itself.
def centre_unembedding(model):
    raise NotImplementedError("Your code here")
