# Says always.
def centring_is_safe(model, tokens):
    return True
