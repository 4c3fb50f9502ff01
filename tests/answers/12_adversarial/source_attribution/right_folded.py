# Folds the last LayerNorm into the unembedding first, and computes values itself.
def source_attribution(model, tokens, query):
    w = model.state_dict()
    reader = w["unembed.weight"] * w["ln_final.weight"]  # [output d_model]
    reader = reader - reader.mean(0)
    reader = reader - reader.mean(1, keepdim=True)
    _, cache = model.run_with_cache(tokens)
    normal = cache["blocks.0.ln1.hook_normalized"] * w["blocks.0.ln1.weight"]
    table = model.W_V[0] @ model.W_O[0] @ reader.T  # [head d_model output]
    said = torch.einsum("bsm,hmo->bhso", normal, table)
    pattern = cache["blocks.0.attn.hook_pattern"][:, :, query, :, None]
    return pattern * said / cache["ln_final.hook_scale"][:, query, :, None, None]
