# Random lists.
def find_adversarial(model, n):
    return sample_lists(n, torch.Generator().manual_seed(1))
