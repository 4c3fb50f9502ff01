# Says never.
def centring_is_safe(model, tokens):
    return False
