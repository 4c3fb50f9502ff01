# numpy's polyfit, neuron by neuron; lists of floats.
import numpy as np


def switch_on(model, tokens):
    _, cache = model.run_with_cache(tokens)
    values = tokens.numpy() - 5
    mean = (np.cumsum(values, axis=1) / np.arange(1, values.shape[1] + 1)).ravel()
    thresholds, agreements = [], []
    for neuron in range(8):
        pre = cache["blocks.0.mlp.hook_pre"][..., neuron].numpy().astype(np.float64).ravel()
        slope, intercept = np.polyfit(mean, pre, 1)
        threshold = -intercept / slope
        above = mean > threshold if slope > 0 else mean < threshold
        thresholds.append(float(threshold))
        agreements.append(float(np.mean(above == (pre > 0))))
    return {"threshold": thresholds, "agreement": agreements}
