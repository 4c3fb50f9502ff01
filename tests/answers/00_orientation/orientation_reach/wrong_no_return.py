# the hook returns nothing
def reach(model, tokens, name, position):
    def silence(activation, hook):
        edited = activation.clone()
        edited[:, position] = 0

    edited = model.run_with_hooks(tokens, fwd_hooks=[(name, silence)])
    return (edited - model(tokens)).abs().amax((0, 2))
