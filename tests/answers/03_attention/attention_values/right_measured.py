# Measures what the head writes for each token alone, and takes the embedding-free part off.
def value_line(model, direction):
    alone = torch.arange(11)[:, None]
    _, cache = model.run_with_cache(alone)
    empty = {}

    def catch(out, hook):
        empty["out"] = out.clone()

    silence = ("hook_embed", lambda embedding, hook: embedding * 0)
    model.run_with_hooks(alone, fwd_hooks=[silence, ("blocks.0.hook_attn_out", catch)])
    y = (cache["blocks.0.hook_attn_out"] - empty["out"])[:, 0] @ direction
    x = torch.arange(11) - 5.0
    slope = ((x - x.mean()) * (y - y.mean())).mean() / x.var(correction=0)
    r2 = torch.corrcoef(torch.stack([x, y]))[0, 1].square()
    return {"slope": float(slope), "intercept": float(y.mean() - slope * x.mean()), "r2": float(r2)}
