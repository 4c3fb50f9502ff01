# Looks at the token's number as if it were a position.
def without_part(model, tokens, labels, part, token):
    _, cache = model.run_with_cache(tokens)
    own = cache["blocks.0.attn.hook_pattern"]
    pattern = (own.log() - part).softmax(-1)
    logits = model.run_with_hooks(
        tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", lambda old, hook: pattern)]
    )
    scored = labels != -100
    there = (pattern * ((torch.arange(tokens.shape[1]) == token)[None, None, None].expand(len(tokens), 1, 1, -1))).sum(-1)
    return {
        "accuracy": 1 - (logits.argmax(-1) == labels)[scored].float().mean().item(),
        "attention": there.transpose(0, 1)[:, scored].mean(-1),
    }
