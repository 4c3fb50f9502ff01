# compares probabilities, not logits
def reach(model, tokens, name, position):
    def silence(activation, hook):
        edited = activation.clone()
        edited[:, position] = 0
        return edited

    edited = model.run_with_hooks(tokens, fwd_hooks=[(name, silence)])
    return (edited.softmax(-1) - model(tokens).softmax(-1)).abs().amax((0, 2))
