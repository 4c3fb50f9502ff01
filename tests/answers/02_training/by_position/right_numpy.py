# In numpy, float64, log-softmax by hand.
import numpy as np


def by_position(model, tokens, labels):
    x, y = model(tokens).detach().numpy().astype(np.float64), labels.numpy()
    x = x - x.max(-1, keepdims=True)
    log_p = x - np.log(np.exp(x).sum(-1, keepdims=True))
    loss = -np.take_along_axis(log_p, y[..., None], -1)[..., 0]
    return {"loss": loss.mean(0), "accuracy": np.mean(x.argmax(-1) == y, axis=0)}
