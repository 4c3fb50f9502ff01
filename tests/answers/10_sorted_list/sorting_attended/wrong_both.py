# Both heads for either.
def attention_on(model, tokens, sources):
    rows = model.run_with_cache(tokens)[1][PATTERN][:, :, ANSWERING]
    found = rows.argmax(-1) == sources[:, None]
    there = torch.take_along_dim(rows, sources[:, None, :, None], dim=-1)
    return {
        "argmax": found.float().mean((0, 2)).tolist(),
        "either": found.all(1).float().mean().item(),
        "mass": there.mean((0, 2, 3)).tolist(),
    }
