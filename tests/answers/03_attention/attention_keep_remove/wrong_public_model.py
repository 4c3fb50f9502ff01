# Edits the public model whatever it is given.
only = load_public("cumsum")


def keep_and_remove(model, tokens, labels, direction):
    along = lambda w: (w @ direction)[..., None] * direction

    def accuracy(edit):
        logits = only.run_with_hooks(tokens, fwd_hooks=[("blocks.0.hook_attn_out", edit)])
        return (logits.argmax(-1) == labels).float().mean().item()

    return {
        "keep": accuracy(lambda w, hook: along(w)),
        "remove": accuracy(lambda w, hook: w - along(w)),
    }
