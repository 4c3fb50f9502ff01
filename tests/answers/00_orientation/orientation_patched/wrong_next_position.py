# one position too late
def patched(model, tokens, donor, name, position):
    _, cache = model.run_with_cache(donor)

    def patch(activation, hook):
        edited = activation.clone()
        edited[:, position + 1] = cache[name][:, position + 1]
        return edited

    return model.run_with_hooks(tokens, fwd_hooks=[(name, patch)])
