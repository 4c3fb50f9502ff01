# Off by one: asks whether the next token is pushed most.
def copied_tokens(ov):
    return ov.argmax(-1) == torch.arange(ov.shape[-1]) + 1
