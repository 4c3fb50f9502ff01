# Returns shares for counts.
def steps_by_gap(model, lists):
    tokens = with_answers(lists)
    right = model(tokens)[:, 11:20].argmax(-1) == tokens[:, 12:]
    gaps = tokens[:, 12:] - tokens[:, 11:20]
    counts = [each.flatten().bincount(minlength=51) for each in (gaps, gaps[right])]
    return torch.stack([each / gaps.numel() for each in counts])
