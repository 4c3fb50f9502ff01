# the largest change of each sequence, not of each position
def reach(model, tokens, name, position):
    def silence(activation, hook):
        edited = activation.clone()
        edited[:, position] = 0
        return edited

    edited = model.run_with_hooks(tokens, fwd_hooks=[(name, silence)])
    return (edited - model(tokens)).abs().amax((1, 2))
