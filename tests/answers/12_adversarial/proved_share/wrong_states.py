# Counts states instead of lists.
def proved_share(bounds):
    return float((bounds > 0).sum() / (~bounds.isnan()).sum())
