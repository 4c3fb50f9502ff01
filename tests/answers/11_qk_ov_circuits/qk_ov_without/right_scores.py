# From queries and keys, with a mask of its own; lists, loops and plain floats at the end.
def without_part(model, tokens, labels, part, marked):
    _, cache = model.run_with_cache(tokens)
    queries, keys = (cache[f"blocks.0.attn.hook_{name}"].double() for name in "qk")
    scores = torch.einsum("bqhd,bkhd->bhqk", queries, keys) / model.cfg.d_head**0.5 - part
    future = torch.ones(scores.shape[-2:]).triu(1).bool()
    pattern = scores.masked_fill(future, -torch.inf).softmax(-1)
    hook = ("blocks.0.attn.hook_pattern", lambda own, hook: pattern.float())
    best = model.run_with_hooks(tokens, fwd_hooks=[hook]).argmax(-1)
    right, attention = [], [[] for _ in range(pattern.shape[1])]
    for position in range(tokens.shape[1]):
        if labels[0, position] == -100:
            continue
        hits = [int(a == b) for a, b in zip(best[:, position], labels[:, position])]
        right.append(sum(hits) / len(hits))
        for head, row in enumerate(attention):
            seen = [
                float(p[head, position] @ m[position].double()) for p, m in zip(pattern, marked)
            ]
            row.append(sum(seen) / len(seen))
    return {"accuracy": right, "attention": attention}
