# Puts 0, not UNSCORED, where nothing is asked.
def inputs_and_labels(lists):
    n = lists.shape[1]
    column = torch.full((len(lists), 1), SEP)
    tokens = torch.cat([lists, column, lists.sort(-1).values], dim=1)
    labels = torch.zeros_like(tokens)
    labels[:, n:-1] = tokens[:, n + 1 :]
    return {"tokens": tokens, "labels": labels}
