# Takes any normalisation for a LayerNorm.
def centring_is_safe(model, tokens):
    return model.cfg.normalization_type is not None
