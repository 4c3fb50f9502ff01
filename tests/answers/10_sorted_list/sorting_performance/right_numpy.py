# Loops over the lists with numpy.
import numpy as np


def performance(model, tokens, labels):
    logits = model(tokens).detach().numpy().astype(np.float64)
    losses, right, whole = [], [], []
    for row, wanted in zip(logits, labels.tolist()):
        here = []
        for position, label in enumerate(wanted):
            if label == UNSCORED:
                continue
            scores = row[position] - row[position].max()
            losses.append(np.log(np.exp(scores).sum()) - scores[label])
            here.append(int(scores.argmax()) == label)
        right += here
        whole.append(all(here))
    return {"loss": np.mean(losses), "accuracy": np.mean(right), "lists": np.mean(whole)}
