# Draws lists of many kinds, asks the model about all, and keeps the worst.
def find_adversarial(model, n):
    generator = torch.Generator().manual_seed(4)
    rows = []
    for start in range(0, 40):
        for width in (11, 14, 20, 51):
            numbers = [x for x in range(start, min(start + width, 51))]
            numbers += [x for x in range(51) if x not in numbers][: max(0, 10 - len(numbers))]
            for _ in range(8):
                picks = torch.randperm(len(numbers), generator=generator)[:10]
                rows.append(torch.tensor(numbers)[picks])
    hole = [*range(6), *range(40, 51)]
    rows += [torch.tensor(hole)[torch.randperm(17, generator=generator)[:10]] for _ in range(100)]
    lists = torch.cat([torch.stack(rows), sample_lists(3_000, generator)])
    tokens = with_answers(lists)
    wrong = (model(tokens)[:, 10:20].argmax(-1) != tokens[:, 11:]).sum(-1)
    kept = {}
    for row in wrong.argsort(descending=True).tolist():
        kept.setdefault(tuple(sorted(lists[row].tolist())), lists[row])
        if len(kept) == n:
            break
    return torch.stack(list(kept.values()))
