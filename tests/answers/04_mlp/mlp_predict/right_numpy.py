# numpy in float64, with a cross-entropy by hand.
import numpy as np


def predict_group(clean, silenced, labels, group):
    clean, silenced = clean.numpy().astype(np.float64), silenced.numpy().astype(np.float64)
    truth = labels.numpy()

    def loss(z):
        z = z - z.max(-1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(-1, keepdims=True))
        return -np.take_along_axis(log_p, truth[..., None], -1).mean()

    together = silenced[group].sum(0) - (len(group) - 1) * clean
    return float(loss(together) - loss(clean))
