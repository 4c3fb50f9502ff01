# Any positive push for itself.
def copied_tokens(ov):
    return ov.diagonal(dim1=-2, dim2=-1) > 0
