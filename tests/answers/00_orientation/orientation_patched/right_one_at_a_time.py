# one sequence at a time, with glasslab's interventions
import torch

from glasslab.interventions import Intervention, run_with


def patched(model, tokens, donor, name, position):
    rows = []
    for own, other in zip(tokens, donor):
        _, cache = model.run_with_cache(other[None])

        def edit(activation, given=cache[name]):
            return activation.index_copy(1, torch.tensor([position]), given[:, [position]])

        rows.append(run_with(model, own[None], Intervention(name, edit))[0].tolist())
    return rows
