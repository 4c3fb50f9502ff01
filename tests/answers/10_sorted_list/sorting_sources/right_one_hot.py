# Counts smaller candidates instead of taking a minimum.
def next_larger_source(tokens):
    n = tokens.shape[1] // 2
    numbers = tokens[:, None, :n].double()
    queries = tokens[:, n : 2 * n, None].double()
    queries = torch.where(queries == SEP, -1.0, queries)
    distance = numbers - queries
    closeness = torch.where(distance > 0, 1 / distance.clamp(min=0.5), torch.zeros_like(distance))
    return closeness.argmax(-1)
