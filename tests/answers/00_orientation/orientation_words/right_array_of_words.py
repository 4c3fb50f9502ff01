# numpy picks the words; what comes out is an array of them
import numpy as np


def in_words(model, tokens, names):
    return np.array(names)[model(tokens).argmax(-1).numpy()]
