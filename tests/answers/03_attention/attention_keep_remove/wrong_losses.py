# Returns losses instead of accuracies.
def keep_and_remove(model, tokens, labels, direction):
    along = lambda w: (w @ direction)[..., None] * direction

    def loss(edit):
        logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.hook_attn_out", edit)])
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten()).item()

    return {
        "keep": loss(lambda w, hook: along(w)),
        "remove": loss(lambda w, hook: w - along(w)),
    }
