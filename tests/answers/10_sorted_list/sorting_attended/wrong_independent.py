# 'either' as if the heads looked independently of each other.
def attention_on(model, tokens, sources):
    rows = model.run_with_cache(tokens)[1][PATTERN][:, :, ANSWERING]
    rates = (rows.argmax(-1) == sources[:, None]).float().mean((0, 2))
    there = torch.take_along_dim(rows, sources[:, None, :, None], dim=-1)
    return {
        "argmax": rates.tolist(),
        "either": 1 - (1 - rates).prod().item(),
        "mass": there.mean((0, 2, 3)).tolist(),
    }
