# answers of the public model, not of the one that is given
from glasslab.models import load_public


def in_words(model, tokens, names):
    best = load_public("cumsum")(tokens).argmax(-1)
    return [[names[index] for index in row] for row in best.tolist()]
