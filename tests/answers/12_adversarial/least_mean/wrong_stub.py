# The stub, as it is handed out.
def least_mean(low, high, values, sure, free, count):
    raise NotImplementedError("Your code here")
