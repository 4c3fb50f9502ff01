# the stub, untouched
def patched(model, tokens, donor, name, position):
    raise NotImplementedError("Your code here")
