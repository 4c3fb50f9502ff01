# Cuts what the MLP writes, output bias and all.
def without_mlp(model, tokens, labels):
    logits = model.run_with_hooks(
        tokens, fwd_hooks=[("blocks.0.hook_mlp_out", lambda out, hook: 0 * out)]
    )
    answers = logits.argmax(-1)
    pairs = 3 * labels + answers
    table = pairs.flatten().bincount(minlength=9).reshape(3, 3)
    return table / labels.numel()
