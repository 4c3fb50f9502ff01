# The smallest, not the largest.
def copied_tokens(ov):
    return ov.argmin(-1) == torch.arange(ov.shape[-1])
