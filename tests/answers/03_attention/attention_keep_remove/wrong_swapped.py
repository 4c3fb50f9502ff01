# Swaps the two names.
def keep_and_remove(model, tokens, labels, direction):
    along = lambda w: (w @ direction)[..., None] * direction

    def accuracy(edit):
        logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.hook_attn_out", edit)])
        return (logits.argmax(-1) == labels).float().mean().item()

    return {
        "remove": accuracy(lambda w, hook: along(w)),
        "keep": accuracy(lambda w, hook: w - along(w)),
    }
