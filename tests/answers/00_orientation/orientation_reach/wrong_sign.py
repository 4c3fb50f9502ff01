# falls are lost, for the sign is kept
def reach(model, tokens, name, position):
    def silence(activation, hook):
        edited = activation.clone()
        edited[:, position] = 0
        return edited

    edited = model.run_with_hooks(tokens, fwd_hooks=[(name, silence)])
    return (edited - model(tokens)).amax((0, 2))
