# Counts, not shares.
def without_mlp(model, tokens, labels):
    logits = model.run_with_hooks(tokens, fwd_hooks=[(POST, lambda post, hook: 0 * post)])
    answers = logits.argmax(-1)
    pairs = 3 * labels + answers
    table = pairs.flatten().bincount(minlength=9).reshape(3, 3)
    return table.float()
