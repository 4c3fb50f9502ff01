# Flattens to one row a query, with numpy.
import numpy as np


def attention_on(model, tokens, sources):
    pattern = model.run_with_cache(tokens)[1][PATTERN].numpy()[:, :, 10:20]
    heads = pattern.shape[1]
    rows = pattern.transpose(1, 0, 2, 3).reshape(heads, -1, pattern.shape[-1])
    wanted = sources.numpy().ravel()
    index = np.arange(len(wanted))
    hits = rows.argmax(-1) == wanted
    return {
        "argmax": hits.mean(1),
        "either": hits.any(0).mean(),
        "mass": np.stack([each[index, wanted].mean() for each in rows]),
    }
