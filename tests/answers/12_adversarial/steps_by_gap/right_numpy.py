# With a numpy histogram.
import numpy as np


def steps_by_gap(model, lists):
    tokens = with_answers(lists)
    said = model(tokens).argmax(-1).numpy()[:, 11:-1]
    answers = tokens.numpy()[:, 12:]
    gaps = np.diff(tokens.numpy()[:, 11:], axis=1)
    bins = np.arange(52) - 0.5
    both = [np.histogram(gaps, bins)[0], np.histogram(gaps[said == answers], bins)[0]]
    return np.stack(both).astype(np.int64)
