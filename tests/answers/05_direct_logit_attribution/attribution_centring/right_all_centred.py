# Centres the unembedding over outputs too, which no probability feels; numpy out.
import copy

import numpy as np


def centring_shift(model, tokens, labels):
    weights = copy.deepcopy(dict(model.state_dict()))
    for name in ("embed.weight", "pos_embed.weight"):
        weights[name] -= weights[name].mean(1)[:, None]
    for name in ("blocks.0.attn.o", "blocks.0.mlp.out"):
        weights[f"{name}.weight"] -= weights[f"{name}.weight"].mean(0)[None]
        weights[f"{name}.bias"] -= weights[f"{name}.bias"].mean()
    weights["unembed.weight"] -= weights["unembed.weight"].mean(0)
    other = build_model(config_of(model))
    other.load_state_dict(weights)

    def p(model, hooks=()):
        chances = model.run_with_hooks(tokens, fwd_hooks=list(hooks)).softmax(-1).numpy()
        picked = np.take_along_axis(chances.astype(float), labels.numpy()[..., None], -1)
        return np.clip(picked, 1e-45, None)

    def log_loss(model, hooks=()):
        logits = model.run_with_hooks(tokens, fwd_hooks=list(hooks)).double()
        return -logits.log_softmax(-1).gather(-1, labels[..., None]).mean().item()

    silence = [(POST, lambda post, hook: post.zero_())]
    return {
        "loss": np.array([log_loss(each) for each in (model, other)]),
        "ablated_loss": np.array([log_loss(each, silence) for each in (model, other)]),
        "min_p": np.array([p(each).min() for each in (model, other)]),
    }
