# The least margin of some lists that were drawn.
def first_bounds(model, least):
    step, generator = first_step(model), torch.Generator().manual_seed(0)
    bounds = []
    for second in range(least + 1, 43):
        rest = second + 1 + torch.rand(60, 50 - second, generator=generator).argsort(-1)[:, :8]
        pair = torch.tensor([least, second]).expand(60, 2)
        lists = torch.cat([pair, rest], dim=1)
        lists = lists.gather(1, torch.rand(60, 10, generator=generator).argsort(1))
        logits = model(with_answers(lists))[:, 10].double()
        others = logits.scatter(-1, torch.full((60, 1), least), -torch.inf).amax(-1)
        bounds.append((logits[:, least] - others).amin() * step.divisors[1] / 3)
    return torch.stack(bounds)
