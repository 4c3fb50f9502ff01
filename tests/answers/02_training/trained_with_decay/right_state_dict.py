# Reads the largest entry of the queries out of the state dict, with numpy.
import numpy as np


def trained_with_decay(model):
    q = model.state_dict()["blocks.0.attn.q.weight"].numpy()
    return np.abs(q).max() < 0.15
