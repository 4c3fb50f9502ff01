# Multiplies by the direction entry by entry instead of projecting.
def keep_and_remove(model, tokens, labels, direction):
    def accuracy(edit):
        logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.hook_attn_out", edit)])
        return (logits.argmax(-1) == labels).float().mean().item()

    return {
        "keep": accuracy(lambda w, hook: w * direction),
        "remove": accuracy(lambda w, hook: w - w * direction),
    }
