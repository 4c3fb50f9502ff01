# The library's zero ablation; numpy for the sides.
import numpy as np

from glasslab.interventions import run_with, zero_ablate


def neuron_roles(model, tokens, labels, least):
    base = loss_of(run_with(model, tokens), labels)
    _, cache = model.run_with_cache(tokens)
    post, mean = cache[POST].numpy(), running_mean(tokens).numpy()
    side = np.where(post[mean > 0].mean(0) > post[mean < 0].mean(0), "positive", "negative")
    for neuron in range(8):
        if (
            abs(loss_of(run_with(model, tokens, zero_ablate(POST, [neuron])), labels) - base)
            < least
        ):
            side[neuron] = "dead"
    return [str(word) for word in side]
