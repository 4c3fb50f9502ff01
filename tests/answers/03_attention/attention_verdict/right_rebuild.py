# Puts the hypothesis itself in the head's place: a running mean written along u, and a constant.
import numpy as np


def averages_its_past(model, tokens, labels):
    _, cache = model.run_with_cache(tokens)
    written = cache["blocks.0.hook_attn_out"]
    circuit = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]
    u = torch.linalg.svd(circuit).Vh[0]
    slope, _ = np.polyfit(np.arange(-5, 6), (circuit @ u).numpy(), 1)
    mean = decode(tokens).cumsum(1) / torch.arange(1, tokens.shape[1] + 1)
    rebuilt = (slope * mean).float()[..., None] * u
    rebuilt = rebuilt + (written - rebuilt).mean((0, 1))
    logits = model.run_with_hooks(
        tokens, fwd_hooks=[("blocks.0.hook_attn_out", lambda w, hook: rebuilt)]
    )
    solved = [
        (each.argmax(-1) == labels).float().mean() > 0.985 for each in (model(tokens), logits)
    ]
    return bool(all(solved))
