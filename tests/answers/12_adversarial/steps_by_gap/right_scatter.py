# Adds up with scatter_add on one-hot rows.
def steps_by_gap(model, lists):
    ordered = lists.sort(-1).values
    logits = model(torch.cat([lists, torch.full((len(lists), 1), 51), ordered], dim=1))
    right = (logits.max(-1).indices[:, 11:-1] == ordered[:, 1:]).long().flatten()
    gaps = ordered.diff(dim=-1).flatten()
    counts = torch.zeros(2, 51, dtype=torch.long)
    counts[0].scatter_add_(0, gaps, torch.ones_like(gaps))
    counts[1].scatter_add_(0, gaps, right)
    return counts
