# Mean ablation instead of zero ablation.
def without_mlp(model, tokens, labels):
    logits = model.run_with_hooks(
        tokens, fwd_hooks=[(POST, lambda post, hook: post.mean((0, 1)).expand_as(post))]
    )
    answers = logits.argmax(-1)
    pairs = 3 * labels + answers
    table = pairs.flatten().bincount(minlength=9).reshape(3, 3)
    return table / labels.numel()
