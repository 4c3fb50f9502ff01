# Head by head and source by source, in float64.
def source_attribution(model, tokens, query):
    w = {name: weight.double() for name, weight in model.state_dict().items()}
    _, cache = model.run_with_cache(tokens)
    scale = cache["ln_final.hook_scale"][:, query].double()
    shares = torch.zeros(len(tokens), model.cfg.n_heads, tokens.shape[1], model.cfg.d_vocab_out)
    for head in range(model.cfg.n_heads):
        W_V, W_O = model.W_V[0, head].double(), model.W_O[0, head].double()
        constant = w["blocks.0.ln1.bias"] @ W_V + model.b_V[0, head]
        for source in range(tokens.shape[1]):
            value = cache["blocks.0.attn.hook_v"][:, source, head] - constant
            weight = cache["blocks.0.attn.hook_pattern"][:, head, query, source, None]
            written = (weight * value) @ W_O
            written = (written - written.mean(-1, keepdim=True)) / scale
            logits = (written * w["ln_final.weight"]) @ w["unembed.weight"].T
            shares[:, head, source] = (logits - logits.mean(-1, keepdim=True)).float()
    return shares
