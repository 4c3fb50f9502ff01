# Carries lowest and highest of both tables along in one array, centred on the middle height.
def height_range(scores, heights):
    n_places, n_tokens = heights.shape
    centre = (heights.max() + heights.min()) / 2
    strength = (scores - scores.amax((1, 2), keepdim=True)).exp()
    both = torch.stack([strength, strength * (heights - centre)])  # [2 last place token]
    signed = torch.stack([both, -both])  # [lowest-or-highest, table, last, place, token]
    found = torch.zeros(2, 2, n_tokens, 1, dtype=torch.float64)
    for place in range(n_places - 1):
        pad = torch.nn.functional.pad
        ways = [
            pad(found + signed[..., place, t, None], (t, n_tokens - 1 - t), value=torch.inf)
            for t in range(n_tokens)
        ]
        found = torch.stack(ways).amin(0)
    index = torch.arange(n_tokens)
    found = found + signed[:, :, index, -1, index][..., None]
    (least, low), (most, high) = found[0], -found[1]
    quotients = torch.stack([low / least, low / most, high / least, high / most])
    return torch.stack([quotients[:2].amin(0).T, quotients[2:].amax(0).T]) + centre
