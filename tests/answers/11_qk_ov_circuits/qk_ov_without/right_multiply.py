# Multiplies attention by e**−part and makes rows sum to one again.
def without_part(model, tokens, labels, part, marked):
    _, cache = model.run_with_cache(tokens)
    own = cache["blocks.0.attn.hook_pattern"]
    pattern = torch.nn.functional.normalize(own * torch.exp(-part), p=1, dim=-1)
    logits = model.run_with_hooks(
        tokens, fwd_hooks=[("blocks.0.attn.hook_pattern", lambda old, hook: pattern)]
    )
    scored = labels[0] != -100
    return {
        "accuracy": (logits.argmax(-1) == labels).float().mean(0)[scored],
        "attention": (pattern * marked[:, None]).sum(-1).mean(0)[:, scored],
    }
