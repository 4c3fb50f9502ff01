# Examines the public model.
def accuracy_with_sources(model, tokens, labels, allowed):
    model = load_public("sorted_list")
    allowed = allowed.expand(2, -1)
    keep = allowed[:, tokens].permute(1, 2, 0)[..., None]
    logits = model.run_with_hooks(tokens, fwd_hooks=[(VALUES, lambda v, hook: v * keep)])
    scored = labels != -100
    return (logits.argmax(-1) == labels)[scored].float().mean().item()
