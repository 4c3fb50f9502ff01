# a sequence is patched, not a position
def patched(model, tokens, donor, name, position):
    _, cache = model.run_with_cache(donor)

    def patch(activation, hook):
        edited = activation.clone()
        edited[position % len(edited)] = cache[name][position % len(edited)]
        return edited

    return model.run_with_hooks(tokens, fwd_hooks=[(name, patch)])
