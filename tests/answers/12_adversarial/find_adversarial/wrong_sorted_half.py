# Returns whole sequences of tokens.
def find_adversarial(model, n):
    generator = torch.Generator().manual_seed(0)

    def worst_margins(lists):
        tokens = with_answers(lists)
        logits, answers = model(tokens)[:, 10:20], tokens[:, 11:, None]
        others = logits.scatter(-1, answers, -torch.inf).amax(-1)
        return (logits.gather(-1, answers)[..., 0] - others).amin(-1)

    lists = sample_lists(160, generator)
    margins, rows = worst_margins(lists), torch.arange(len(lists))
    for _ in range(16):
        places = torch.randint(10, rows.shape, generator=generator)
        numbers = torch.randint(51, rows.shape, generator=generator)
        fresh = ~(lists == numbers[:, None]).any(1)
        changed = lists.clone()
        changed[rows[fresh], places[fresh]] = numbers[fresh]
        found = worst_margins(changed)
        lists[found < margins] = changed[found < margins]
        margins = torch.minimum(margins, found)
    different = {}
    for row in margins.argsort().tolist():
        different.setdefault(frozenset(lists[row].tolist()), lists[row])
    return with_answers(torch.stack([*different.values()][:n]))
