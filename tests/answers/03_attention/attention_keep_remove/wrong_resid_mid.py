# Edits hook_resid_mid, which in this library reaches the MLP but not the skip path.
def keep_and_remove(model, tokens, labels, direction):
    along = lambda w: (w @ direction)[..., None] * direction

    def accuracy(edit):
        logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.hook_resid_mid", edit)])
        return (logits.argmax(-1) == labels).float().mean().item()

    return {
        "keep": accuracy(lambda w, hook: along(w)),
        "remove": accuracy(lambda w, hook: w - along(w)),
    }
