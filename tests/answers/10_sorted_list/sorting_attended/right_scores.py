# Recomputes the pattern from queries and keys, in float64.
def attention_on(model, tokens, sources):
    _, cache = model.run_with_cache(tokens)
    q, k = (cache[f"blocks.0.attn.hook_{name}"].double().transpose(1, 2) for name in "qk")
    scores = q @ k.mT / model.cfg.d_head**0.5
    future = torch.ones(21, 21).triu(1).bool()
    rows = scores.masked_fill(future, -torch.inf).softmax(-1)[:, :, ANSWERING]
    most = rows.max(-1).indices.eq(sources.unsqueeze(1))
    there = torch.take_along_dim(rows, sources[:, None, :, None], dim=-1)
    return {
        "argmax": most.double().mean(dim=(0, 2)),
        "either": most.sum(1).clamp(max=1).double().mean(),
        "mass": there.mean(dim=(0, 2, 3)),
    }
