# The stub itself.
def tv_score(own, claim, baseline):
    raise NotImplementedError("Your code here")
