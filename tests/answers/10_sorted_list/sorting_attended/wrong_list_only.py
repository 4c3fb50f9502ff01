# The largest attention among the list's places, not among all that a query sees.
def attention_on(model, tokens, sources):
    rows = model.run_with_cache(tokens)[1][PATTERN][:, :, ANSWERING]
    found = rows[..., :10].argmax(-1) == sources[:, None]
    there = torch.take_along_dim(rows, sources[:, None, :, None], dim=-1)
    return {
        "argmax": found.float().mean((0, 2)).tolist(),
        "either": found.any(1).float().mean().item(),
        "mass": there.mean((0, 2, 3)).tolist(),
    }
