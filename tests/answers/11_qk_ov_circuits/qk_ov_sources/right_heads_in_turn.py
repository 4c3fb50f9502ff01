# One head at a time, by index.
def accuracy_with_sources(model, tokens, labels, allowed):
    def edit(values, hook):
        values = values.clone()
        for head in range(values.shape[2]):
            values[:, :, head][~allowed[head][tokens]] = 0
        return values

    logits = model.run_with_hooks(tokens, fwd_hooks=[(VALUES, edit)])
    scored = labels != -100
    return (logits.argmax(-1) == labels)[scored].float().mean().item()
