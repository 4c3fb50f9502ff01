# Copied is what nothing beats: the diagonal equals the row's maximum.
def copied_tokens(ov):
    return torch.diagonal(ov, dim1=1, dim2=2) >= ov.amax(2)
