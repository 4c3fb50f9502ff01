# through probabilities, sorted, in numpy
import numpy as np


def in_words(model, tokens, names):
    p = model(tokens).softmax(-1).detach().numpy()
    return [[names[int(np.argsort(row)[-1])] for row in sequence] for sequence in p]
