# Numpy in float64, one source at a time.
import numpy as np


def source_contributions(model, tokens):
    _, cache = model.run_with_cache(tokens)
    pattern = cache["blocks.0.attn.hook_pattern"][:, 0].double().numpy()
    values = cache["blocks.0.attn.hook_v"][:, :, 0].double().numpy()
    read = model.W_O[0, 0].double().numpy() @ model.W_U.double().numpy()
    out = np.zeros((*pattern.shape, read.shape[1]))
    for source in range(tokens.shape[1]):
        out[:, :, source] = pattern[:, :, source, None] * (values[:, source] @ read)[:, None]
    return out
