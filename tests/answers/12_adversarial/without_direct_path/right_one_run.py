# Keeps the direct part by a hook in the same run.
def without_direct_path(model, tokens):
    kept = {}

    def keep(stream, hook):
        kept["direct"] = stream.clone()
        return stream

    def replace(stream, hook):
        return stream - kept["direct"] + kept["direct"].mean(dim=0)

    hooks = [("blocks.0.hook_resid_pre", keep), ("blocks.0.hook_resid_post", replace)]
    return model.run_with_hooks(tokens, fwd_hooks=hooks)
