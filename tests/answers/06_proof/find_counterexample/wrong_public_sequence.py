# A counterexample read off the page: 56 times −1, then +5, and so on.
def find_counterexample(model):
    return [4] * 56 + [6] + [10]
