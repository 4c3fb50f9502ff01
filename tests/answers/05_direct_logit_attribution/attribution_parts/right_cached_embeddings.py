# Embeddings from their hooks, weights from the state dict.
def logit_parts(model, tokens):
    _, cache = model.run_with_cache(tokens)
    weights = model.state_dict()
    unembed = weights["unembed.weight"].T
    head = weights["blocks.0.attn.o.weight"].T @ unembed
    neurons = weights["blocks.0.mlp.out.weight"].T @ unembed
    biases = weights["blocks.0.attn.o.bias"] @ unembed + weights["blocks.0.mlp.out.bias"] @ unembed
    return {
        "token": cache["hook_embed"] @ unembed,
        "position": cache["hook_pos_embed"].reshape(-1, *cache["hook_embed"].shape[1:])[0]
        @ unembed,
        "attention": cache[PATTERN][:, 0].unsqueeze(-1)
        * (cache[VALUES][:, :, 0] @ head).unsqueeze(1),
        "neurons": cache[POST].unsqueeze(-1) * neurons,
        "biases": biases + weights["unembed.bias"],
    }
