# The hooks edit a local name and return nothing.
def keep_and_remove(model, tokens, labels, direction):
    def keep(written, hook):
        written = (written @ direction)[..., None] * direction

    def remove(written, hook):
        written = written - (written @ direction)[..., None] * direction

    def accuracy(edit):
        logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.hook_attn_out", edit)])
        return (logits.argmax(-1) == labels).float().mean().item()

    return {"keep": accuracy(keep), "remove": accuracy(remove)}
