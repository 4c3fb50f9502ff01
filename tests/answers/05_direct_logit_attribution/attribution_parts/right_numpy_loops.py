# Numpy, one sequence at a time.
import numpy as np


def logit_parts(model, tokens):
    _, cache = model.run_with_cache(tokens)
    W_U = model.W_U.numpy().astype(float)
    W_O, W_out = model.W_O[0, 0].numpy().astype(float), model.W_out[0].numpy().astype(float)
    token, attention, neurons = [], [], []
    for b, row in enumerate(tokens.tolist()):
        token.append(model.W_E.numpy()[row] @ W_U)
        said = cache[VALUES][b, :, 0].numpy() @ W_O @ W_U
        attention.append(cache[PATTERN][b, 0].numpy()[:, :, None] * said[None])
        neurons.append(cache[POST][b].numpy()[:, :, None] * (W_out @ W_U)[None])
    bias = (model.b_O[0] + model.b_out[0]).numpy() @ W_U + model.b_U.numpy()
    return {
        "biases": bias,
        "neurons": np.stack(neurons),
        "attention": np.stack(attention),
        "position": model.W_pos.numpy()[: tokens.shape[1]] @ W_U,
        "token": np.stack(token),
    }
