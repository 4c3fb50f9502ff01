# the donor's activation caught by a hook of its own, and glued in between
import torch


def patched(model, tokens, donor, name, position):
    caught = []

    def catch(activation, hook):
        caught.append(activation[:, position : position + 1].clone())

    def patch(own, hook):
        return torch.cat([own[:, :position], caught[0], own[:, position + 1 :]], dim=1)

    model.run_with_hooks(donor, fwd_hooks=[(name, catch)])
    return model.run_with_hooks(tokens, fwd_hooks=[(name, patch)])
