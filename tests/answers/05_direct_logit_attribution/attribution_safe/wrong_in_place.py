# Edits a rearranged copy in place: nothing moves.
def centring_is_safe(model, tokens):
    before = model(tokens).softmax(-1)
    model.W_O[0, 0] -= model.W_O[0, 0].mean(-1, keepdim=True)
    model.W_out[0] -= model.W_out[0].mean(-1, keepdim=True)
    return bool((model(tokens).softmax(-1) - before).abs().max() < 0.001)
