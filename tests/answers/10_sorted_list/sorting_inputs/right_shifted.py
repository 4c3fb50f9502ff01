# Shifts the tokens by one and hides what isn't asked.
def inputs_and_labels(lists):
    n = lists.shape[1]
    tokens = F.pad(lists, (0, n + 1), value=SEP)
    tokens[:, n + 1 :] = lists.msort() if n == 0 else lists.sort(dim=1)[0]
    labels = tokens.roll(-1, dims=1)
    labels[:, :n] = UNSCORED
    labels[:, -1] = UNSCORED
    return {"tokens": tokens, "labels": labels}
