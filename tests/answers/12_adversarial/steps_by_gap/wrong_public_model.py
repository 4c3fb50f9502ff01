# Counts the public model's right steps, whatever it is given.
kept = load_public("sorted_list")


def steps_by_gap(model, lists):
    tokens = with_answers(lists)
    right = kept(tokens)[:, 11:20].argmax(-1) == tokens[:, 12:]
    gaps = tokens[:, 12:] - tokens[:, 11:20]
    return torch.stack([each.flatten().bincount(minlength=51) for each in (gaps, gaps[right])])
