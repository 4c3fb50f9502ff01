# Asks for the next token in the first half too.
def inputs_and_labels(lists):
    column = torch.full((len(lists), 1), SEP)
    tokens = torch.cat([lists, column, lists.sort(-1).values], dim=1)
    labels = torch.full_like(tokens, UNSCORED)
    labels[:, :-1] = tokens[:, 1:]
    return {"tokens": tokens, "labels": labels}
