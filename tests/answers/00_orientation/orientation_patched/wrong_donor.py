# the donor's own run
def patched(model, tokens, donor, name, position):
    _, cache = model.run_with_cache(donor)

    def patch(activation, hook):
        edited = activation.clone()
        edited[:, position] = cache[name][:, position]
        return edited

    return model.run_with_hooks(donor, fwd_hooks=[(name, patch)])
