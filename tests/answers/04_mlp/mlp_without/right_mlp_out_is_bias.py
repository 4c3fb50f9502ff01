# Puts the output bias in place of what the MLP writes; lists from numpy.
import numpy as np


def without_mlp(model, tokens, labels):
    bias = model.b_out[0]
    logits = model.run_with_hooks(
        tokens, fwd_hooks=[("blocks.0.hook_mlp_out", lambda out, hook: bias.expand_as(out))]
    )
    answers = logits.argmax(-1).numpy()
    truth = labels.numpy()
    return [[float(np.mean((truth == i) & (answers == j))) for j in range(3)] for i in range(3)]
