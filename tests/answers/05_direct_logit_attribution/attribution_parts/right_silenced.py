# Each neuron measured by silencing it; biases from a run with everything else off.
def logit_parts(model, tokens):
    _, cache = model.run_with_cache(tokens)
    whole = model(tokens)

    def silenced(neuron):
        def edit(post, hook):
            post = post.clone()
            post[..., neuron] = 0
            return post

        return whole - model.run_with_hooks(tokens, fwd_hooks=[(POST, edit)])

    off = ("hook_embed", "hook_pos_embed", "blocks.0.attn.hook_z", POST)
    nothing = model.run_with_hooks(
        tokens, fwd_hooks=[(name, lambda activation, hook: 0 * activation) for name in off]
    )
    values = cache[VALUES][:, :, 0]
    said = values @ (model.W_O[0, 0] @ model.W_U)
    return {
        "token": (model.W_E @ model.W_U)[tokens],
        "position": (model.W_pos @ model.W_U)[: tokens.shape[1]],
        "attention": cache[PATTERN][:, 0][..., None] * said[:, None],
        "neurons": torch.stack([silenced(n) for n in range(model.cfg.d_mlp)], dim=2),
        "biases": nothing[0, 0],
    }
