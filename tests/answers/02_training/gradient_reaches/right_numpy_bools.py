# Collects into numpy and returns numpy truth values.
import numpy as np


def gradient_reaches(model, tokens, labels):
    for p in model.parameters():
        p.requires_grad = True
        p.grad = None
    (-model(tokens).log_softmax(-1).gather(-1, labels[..., None])).mean().backward()
    live = model.state_dict(keep_vars=True)
    sizes = np.array([0.0 if w.grad is None else w.grad.abs().max().item() for w in live.values()])
    return dict(zip(live, sizes > sizes.max() * 1e-6))
