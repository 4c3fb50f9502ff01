# Doesn't ask at SEP.
def inputs_and_labels(lists):
    n = lists.shape[1]
    column = torch.full((len(lists), 1), SEP)
    tokens = torch.cat([lists, column, lists.sort(-1).values], dim=1)
    labels = torch.full_like(tokens, UNSCORED)
    labels[:, n + 1 : -1] = tokens[:, n + 2 :]
    return {"tokens": tokens, "labels": labels}
