# Forgets to divide by the last LayerNorm's divisor.
def source_attribution(model, tokens, query):
    weights = model.state_dict()
    _, cache = model.run_with_cache(tokens)
    pattern = cache["blocks.0.attn.hook_pattern"][:, :, query]
    constant = weights["blocks.0.ln1.bias"] @ model.W_V[0] + model.b_V[0]
    values = cache["blocks.0.attn.hook_v"] - constant
    moved = torch.einsum("bhs,bshd,hdm->bhsm", pattern, values, model.W_O[0])
    moved = moved - moved.mean(-1, keepdim=True)
    divisor = cache["ln_final.hook_scale"][:, query]
    shares = moved * weights["ln_final.weight"] @ model.W_U
    return shares - shares.mean(-1, keepdim=True)
