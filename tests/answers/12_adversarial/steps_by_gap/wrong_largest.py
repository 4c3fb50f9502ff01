# Counts each list once, by its largest gap.
def steps_by_gap(model, lists):
    tokens = with_answers(lists)
    right = model(tokens)[:, 11:20].argmax(-1) == tokens[:, 12:]
    gaps = tokens[:, 12:] - tokens[:, 11:20]
    return torch.stack(
        [
            each.flatten().bincount(minlength=51)
            for each in (gaps.amax(-1), gaps.amax(-1)[right.all(-1)])
        ]
    )
