# Takes the places of the numbers for the numbers.
def inputs_and_labels(lists):
    n = lists.shape[1]
    column = torch.full((len(lists), 1), SEP)
    tokens = torch.cat([lists, column, lists.argsort(-1)], dim=1)
    labels = torch.full_like(tokens, UNSCORED)
    labels[:, n:-1] = tokens[:, n + 1 :]
    return {"tokens": tokens, "labels": labels}
