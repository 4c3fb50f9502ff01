# Centring as a projection matrix; unembedding less its mean over the outputs, which nothing feels.
def fold(model):
    width, has_norm = model.cfg.d_model, model.cfg.normalization_type == "LN"
    away = torch.eye(width) - has_norm * torch.ones(width, width) / width
    state = model.state_dict()
    gain, shift = torch.ones(width), torch.zeros(width)
    last_gain, last_shift = gain, shift
    if has_norm:
        gain, shift = state["blocks.0.ln1.weight"], state["blocks.0.ln1.bias"]
        last_gain, last_shift = state["ln_final.weight"], state["ln_final.bias"]
    W_U, b_U = last_gain[:, None] * model.W_U, model.b_U + last_shift @ model.W_U
    return {
        "W_E": model.W_E @ away,
        "W_pos": model.W_pos @ away,
        "W_Q": torch.stack([gain[:, None] * W for W in model.W_Q[0]]),
        "b_Q": model.b_Q[0] + torch.stack([shift @ W for W in model.W_Q[0]]),
        "W_K": torch.stack([gain[:, None] * W for W in model.W_K[0]]),
        "b_K": model.b_K[0] + torch.stack([shift @ W for W in model.W_K[0]]),
        "W_V": torch.stack([gain[:, None] * W for W in model.W_V[0]]),
        "b_V": model.b_V[0] + torch.stack([shift @ W for W in model.W_V[0]]),
        "W_O": model.W_O[0] @ away,
        "b_O": model.b_O[0] @ away,
        "W_U": W_U - W_U.mean(1, keepdim=True),
        "b_U": b_U - b_U.mean(),
    }
