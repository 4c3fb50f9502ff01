# The stub itself, untouched.
def sum_distribution(length, max_value, p_opposite):
    """The stub, as released."""
    raise NotImplementedError("Your code here")
