# The stub itself.
def sum_shares(n_tokens, max_value):
    raise NotImplementedError()
