# Counts positions without a label as wrong.
def accuracy_with_sources(model, tokens, labels, allowed):
    keep = allowed[:, tokens].permute(1, 2, 0)[..., None]

    def edit(values, hook):
        return values * keep

    logits = model.run_with_hooks(tokens, fwd_hooks=[(VALUES, edit)])
    return (logits.argmax(-1) == labels).float().mean().item()
