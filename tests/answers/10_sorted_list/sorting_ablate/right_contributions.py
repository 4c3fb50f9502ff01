# Adds the head's mean in place of its part at what the heads write together.
def ablation_cost(model, tokens, labels):
    asked = labels != UNSCORED
    _, cache = model.run_with_cache(tokens)
    z, clean = cache[HEAD_OUTPUTS], model(tokens)
    weights = model.W_O[0]
    costs = []
    for head in range(model.cfg.n_heads):
        own = z.unflatten(-1, (-1,))[:, :, head].flatten(2) @ weights[head]
        edit = lambda written, hook, own=own: written - own + own.mean(0)
        hooked = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.hook_attn_out", edit)])
        ce = [F.cross_entropy(x[asked], labels[asked]).item() for x in (hooked, clean)]
        costs.append(ce[0] - ce[1])
    return costs
