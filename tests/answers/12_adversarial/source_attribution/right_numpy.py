# In numpy, from a run of its own for the last LayerNorm's divisor; returns an array.
import numpy as np


def source_attribution(model, tokens, query):
    w = {name: weight.numpy() for name, weight in model.state_dict().items()}
    _, cache = model.run_with_cache(tokens)
    stream = cache["blocks.0.hook_resid_post"][:, query].numpy().astype(np.float64)
    divisor = np.sqrt(stream.var(-1) + model.cfg.eps)
    heads = model.cfg.n_heads
    constant = w["blocks.0.attn.v.weight"] @ w["blocks.0.ln1.bias"] + w["blocks.0.attn.v.bias"]
    values = cache["blocks.0.attn.hook_v"].numpy() - constant.reshape(heads, -1)
    W_O = w["blocks.0.attn.o.weight"].T.reshape(heads, -1, stream.shape[-1])
    pattern = cache["blocks.0.attn.hook_pattern"][:, :, query].numpy()
    written = pattern[..., None] * np.einsum("bshd,hdm->bhsm", values, W_O)
    written = (written - written.mean(-1, keepdims=True)) / divisor[:, None, None, None]
    logits = (written * w["ln_final.weight"]) @ w["unembed.weight"].T
    return logits - logits.mean(-1, keepdims=True)
