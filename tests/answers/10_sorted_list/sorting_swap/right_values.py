# Gathers the values at the sources, in place of what the heads gather.
def look_only_at(model, tokens, sources):
    kept = {}

    def read(v, hook):
        kept["v"] = v

    def replace(z, hook):
        z = z.clone()
        n_heads, d_head = z.shape[2:]
        index = sources[:, :, None, None].expand(-1, -1, n_heads, d_head)
        z[:, ANSWERING] = kept["v"].reshape(z.shape).gather(1, index)
        return z

    hooks = [("blocks.0.attn.hook_v", read), (HEAD_OUTPUTS, replace)]
    return model.run_with_hooks(tokens, fwd_hooks=hooks)[:, ANSWERING]
