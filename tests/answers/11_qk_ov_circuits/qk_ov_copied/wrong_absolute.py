# The largest push of either sign.
def copied_tokens(ov):
    return ov.abs().argmax(-1) == torch.arange(ov.shape[-1])
