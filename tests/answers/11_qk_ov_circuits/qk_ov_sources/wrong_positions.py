# Takes `allowed` for a statement about positions.
def accuracy_with_sources(model, tokens, labels, allowed):
    def edit(values, hook):
        return values * allowed[:, : tokens.shape[1]].T[None, :, :, None]

    logits = model.run_with_hooks(tokens, fwd_hooks=[(VALUES, edit)])
    scored = labels != -100
    return (logits.argmax(-1) == labels)[scored].float().mean().item()
