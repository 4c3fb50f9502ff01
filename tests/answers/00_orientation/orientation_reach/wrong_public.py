# edits the public model, not the one that is given
def reach(model, tokens, name, position):
    model = load_public("cumsum")

    def silence(activation, hook):
        edited = activation.clone()
        edited[:, position] = 0
        return edited

    edited = model.run_with_hooks(tokens, fwd_hooks=[(name, silence)])
    return (edited - model(tokens)).abs().amax((0, 2))
