# From the state dict, where matrices lie the other way round; float64; readers centred too.
def fold(model):
    s = {name: weight.double() for name, weight in model.state_dict().items()}
    cfg = model.cfg
    heads, inner = cfg.n_heads, cfg.d_head
    there = "ln_final.weight" in s
    centre = (lambda w: w - w.mean(-1, keepdim=True)) if there else (lambda w: w)

    def read(norm, name):
        W, b = s[name + ".weight"], s[name + ".bias"]
        if there:
            W, b = W * s[norm + ".weight"], b + W @ s[norm + ".bias"]
        return centre(W).T, b

    out = {"W_E": centre(s["embed.weight"]), "W_pos": centre(s["pos_embed.weight"])}
    for part in "QKV":
        W, b = read("blocks.0.ln1", f"blocks.0.attn.{part.lower()}")
        out[f"W_{part}"] = W.reshape(-1, heads, inner).permute(1, 0, 2)
        out[f"b_{part}"] = b.reshape(heads, inner)
    out["W_O"] = centre(s["blocks.0.attn.o.weight"].T).reshape(heads, inner, -1)
    out["b_O"] = centre(s["blocks.0.attn.o.bias"])
    out["W_U"], out["b_U"] = read("ln_final", "unembed")
    return out
