# Removes the variation along the direction but leaves its mean: another ablation.
def keep_and_remove(model, tokens, labels, direction):
    along = lambda w: (w @ direction)[..., None] * direction

    def accuracy(edit):
        logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.hook_attn_out", edit)])
        return (logits.argmax(-1) == labels).float().mean().item()

    return {
        "keep": accuracy(lambda w, hook: along(w) + (w - along(w)).mean((0, 1))),
        "remove": accuracy(lambda w, hook: w - along(w) + along(w).mean((0, 1))),
    }
