# Counts SEP's step, as a gap from nought.
def steps_by_gap(model, lists):
    tokens = with_answers(lists)
    right = model(tokens)[:, 10:20].argmax(-1) == tokens[:, 11:]
    gaps = tokens[:, 11:].diff(dim=-1, prepend=torch.zeros(len(lists), 1, dtype=torch.int64))
    return torch.stack([each.flatten().bincount(minlength=51) for each in (gaps, gaps[right])])
