# Lists with a large gap, for every model.
def find_adversarial(model, n):
    generator = torch.Generator().manual_seed(1)
    pool, lists = torch.tensor([*range(6), *range(45, 51)]), {}
    while len(lists) < n:
        row = pool[torch.randperm(12, generator=generator)[:10]]
        lists[frozenset(row.tolist())] = row
    return torch.stack([*lists.values()])
