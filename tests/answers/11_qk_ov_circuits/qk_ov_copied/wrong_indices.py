# Returns which output is pushed most.
def copied_tokens(ov):
    return ov.argmax(-1)
