# The stub, as it is handed out.
def find_adversarial(model, n):
    raise NotImplementedError("Your code here")
