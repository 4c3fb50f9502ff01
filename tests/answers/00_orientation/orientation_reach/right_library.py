# with glasslab's interventions, the change in numpy
import torch

from glasslab.interventions import Intervention, run_with


def reach(model, tokens, name, position):
    silence = Intervention(
        name, lambda a: torch.cat([a[:, :position], 0 * a[:, :1], a[:, position + 1 :]], 1)
    )
    change = (run_with(model, tokens, silence) - run_with(model, tokens)).numpy()
    return abs(change).max(axis=(0, 2))
