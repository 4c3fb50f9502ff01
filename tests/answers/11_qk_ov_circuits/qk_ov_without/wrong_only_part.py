# Keeps only the part.
def without_part(model, tokens, labels, part, token):
    _, cache = model.run_with_cache(tokens)
    own = cache["blocks.0.attn.hook_pattern"]
    pattern = part.masked_fill(own == 0, -torch.inf).softmax(-1)
    logits = model.run_with_hooks(
        tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", lambda old, hook: pattern)]
    )
    scored = labels != -100
    there = (pattern * ((tokens == token)[:, None, None])).sum(-1)
    return {
        "accuracy": (logits.argmax(-1) == labels)[scored].float().mean().item(),
        "attention": there.transpose(0, 1)[:, scored].mean(-1),
    }
