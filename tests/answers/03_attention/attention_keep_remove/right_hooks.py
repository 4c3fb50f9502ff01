# Edits what the head writes, by the projection onto the direction.
def keep_and_remove(model, tokens, labels, direction):
    def along(written):
        return (written @ direction).unsqueeze(-1) * direction

    def accuracy(edit):
        logits = model.run_with_hooks(
            tokens, fwd_hooks=[("blocks.0.hook_attn_out", lambda written, hook: edit(written))]
        )
        return (logits.argmax(-1) == labels).float().mean().item()

    return {"keep": accuracy(along), "remove": accuracy(lambda w: w - along(w))}
