# One head at a time, with one-hot sources.
def attention_on(model, tokens, sources):
    _, cache = model.run_with_cache(tokens)
    hot = F.one_hot(sources, tokens.shape[1])
    rates, masses, hits = [], [], []
    for head in range(model.cfg.n_heads):
        rows = cache[PATTERN][:, head, 10:20]
        hit = (rows.argmax(-1) == sources).float()
        hits.append(hit)
        rates.append(hit.mean().item())
        masses.append((rows * hot).sum(-1).mean().item())
    return {"argmax": rates, "either": torch.stack(hits).amax(0).mean().item(), "mass": masses}
