# the activation times a mask of ones and one zero
import torch


def reach(model, tokens, name, position):
    keep = (torch.arange(tokens.shape[1]) != position).float()

    def silence(activation, hook):
        return activation * keep.reshape(1, -1, *[1] * (activation.ndim - 2))

    before = model(tokens)
    after = model.run_with_hooks(tokens, fwd_hooks=[(name, silence)])
    return (after - before).abs().max(dim=0).values.max(dim=-1).values
