# All heads follow the first row.
def accuracy_with_sources(model, tokens, labels, allowed):
    def edit(values, hook):
        return values * allowed[0][tokens][:, :, None, None]

    logits = model.run_with_hooks(tokens, fwd_hooks=[(VALUES, edit)])
    scored = labels != -100
    return (logits.argmax(-1) == labels)[scored].float().mean().item()
