# Takes the mean over tokens, positions and d_head, not over d_model.
def fold(model):
    weights = {name: getattr(model, name).clone() for name in ("W_E", "W_pos", "W_U", "b_U")}
    for name in ("W_Q", "b_Q", "W_K", "b_K", "W_V", "b_V", "W_O", "b_O"):
        weights[name] = getattr(model, name)[0].clone()
    if model.cfg.normalization_type is None:
        return weights
    state = model.state_dict()
    gain, shift = state["blocks.0.ln1.weight"], state["blocks.0.ln1.bias"]
    for part in "QKV":
        weights[f"b_{part}"] += shift @ weights[f"W_{part}"]
        weights[f"W_{part}"] *= gain[:, None]
    weights["b_U"] += state["ln_final.bias"] @ weights["W_U"]
    weights["W_U"] *= state["ln_final.weight"][:, None]
    for name in ("W_E", "W_pos", "W_O"):
        weights[name] -= weights[name].mean(-2, keepdim=True)
    weights["b_O"] -= weights["b_O"].mean()
    return weights
