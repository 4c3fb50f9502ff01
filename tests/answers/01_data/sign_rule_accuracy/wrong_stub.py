# The stub itself, untouched.
def sign_rule_accuracy(distribution, max_value, p_opposite):
    """The stub, as released."""
    raise NotImplementedError("Your code here")
