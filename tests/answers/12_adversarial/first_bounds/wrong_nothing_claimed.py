# Claims nothing: sound, and of no use.
def first_bounds(model, least):
    return torch.full((42 - least,), -1e6, dtype=torch.float64)
