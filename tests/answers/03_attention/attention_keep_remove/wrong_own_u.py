# Ignores the direction it is given and uses the model's u.
def keep_and_remove(model, tokens, labels, direction):
    u = torch.linalg.svd(model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]).Vh[0]
    along = lambda w: (w @ u)[..., None] * u

    def accuracy(edit):
        logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.hook_attn_out", edit)])
        return (logits.argmax(-1) == labels).float().mean().item()

    return {
        "keep": accuracy(lambda w, hook: along(w)),
        "remove": accuracy(lambda w, hook: w - along(w)),
    }
