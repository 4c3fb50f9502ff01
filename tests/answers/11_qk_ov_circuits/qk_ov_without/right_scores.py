# From queries and keys, with a mask of its own; lists, loops and plain floats at the end.
def without_part(model, tokens, labels, part, token):
    _, cache = model.run_with_cache(tokens)
    queries, keys = (cache[f"blocks.0.attn.hook_{name}"].double() for name in "qk")
    scores = torch.einsum("bqhd,bkhd->bhqk", queries, keys) / model.cfg.d_head**0.5 - part
    future = torch.ones(scores.shape[-2:]).triu(1).bool()
    pattern = scores.masked_fill(future, -torch.inf).softmax(-1)
    hook = ("blocks.0.attn.hook_pattern", lambda own, hook: pattern.float())
    best = model.run_with_hooks(tokens, fwd_hooks=[hook]).argmax(-1)
    right, attention = [], []
    for sequence in range(len(tokens)):
        place = (tokens[sequence] == token).double()
        for position in range(tokens.shape[1]):
            if labels[sequence, position] == -100:
                continue
            right.append(float(best[sequence, position] == labels[sequence, position]))
            attention.append(pattern[sequence, :, position] @ place)
    return {
        "accuracy": sum(right) / len(right),
        "attention": [float(each) for each in torch.stack(attention).mean(0)],
    }
