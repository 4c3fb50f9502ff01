# Counts on ten numbers: positions 10 to 19 are asked whatever the list.
def inputs_and_labels(lists):
    column = torch.full((len(lists), 1), SEP)
    tokens = torch.cat([lists, column, lists.sort(-1).values], dim=1)
    labels = torch.full_like(tokens, UNSCORED)
    labels[:, 10:-1] = tokens[:, 11:]
    return {"tokens": tokens, "labels": labels}
