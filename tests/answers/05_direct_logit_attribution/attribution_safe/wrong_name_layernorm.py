# Looks for a LayerNorm by name.
def centring_is_safe(model, tokens):
    return str(model.cfg.normalization_type).startswith("LN")
