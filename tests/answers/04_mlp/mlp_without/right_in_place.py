# Zeroes the activation in place; histogram in two dimensions.
import numpy as np


def without_mlp(model, tokens, labels):
    def silence(post, hook):
        post[:] = 0
        return post

    answers = model.run_with_hooks(tokens, fwd_hooks=[(POST, silence)]).argmax(-1)
    table, _, _ = np.histogram2d(
        labels.numpy().ravel(), answers.numpy().ravel(), bins=3, range=[[-0.5, 2.5]] * 2
    )
    return table / table.sum()
