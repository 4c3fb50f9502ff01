# Forgets that the future has no score: takes the part off a flat start.
def without_part(model, tokens, labels, part, marked):
    _, cache = model.run_with_cache(tokens)
    own = cache["blocks.0.attn.hook_pattern"]
    pattern = ((own + 1e-3).log() - part).softmax(-1)
    logits = model.run_with_hooks(
        tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", lambda old, hook: pattern)]
    )
    scored = labels[0] != -100
    return {
        "accuracy": (logits.argmax(-1) == labels).float().mean(0)[scored],
        "attention": (pattern * marked[:, None]).sum(-1).mean(0)[:, scored],
    }
