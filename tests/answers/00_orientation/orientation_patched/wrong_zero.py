# zero in place of the donor's activation
def patched(model, tokens, donor, name, position):
    _, cache = model.run_with_cache(donor)

    def patch(activation, hook):
        edited = activation.clone()
        edited[:, position] = 0
        return edited

    return model.run_with_hooks(tokens, fwd_hooks=[(name, patch)])
