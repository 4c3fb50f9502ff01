# edits the embedding whatever hook is named
def reach(model, tokens, name, position):
    def silence(activation, hook):
        edited = activation.clone()
        edited[:, position] = 0
        return edited

    edited = model.run_with_hooks(tokens, fwd_hooks=[("hook_embed", silence)])
    return (edited - model(tokens)).abs().amax((0, 2))
