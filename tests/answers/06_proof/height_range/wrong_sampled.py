# The range over 20,000 random sequences.
def height_range(scores, heights):
    n_places, n_tokens = heights.shape
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(0, n_tokens, (20_000, n_places), generator=generator)
    attention = scores[tokens[:, -1:], torch.arange(n_places), tokens].softmax(-1)
    found = (attention * heights[torch.arange(n_places), tokens]).sum(-1)
    n_sums = (n_places - 1) * (n_tokens - 1) + 1
    state = tokens[:, :-1].sum(-1) * n_tokens + tokens[:, -1]
    middle = heights.mean().item()
    low = torch.full((n_sums * n_tokens,), middle, dtype=torch.float64)
    low, high = (
        low.scatter_reduce(0, state, found, how, include_self=False) for how in ("amin", "amax")
    )
    return torch.stack([low, high]).reshape(2, n_sums, n_tokens)
