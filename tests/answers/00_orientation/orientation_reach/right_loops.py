# one sequence at a time, and plain lists of numbers
import torch


def reach(model, tokens, name, position):
    farthest = [0.0] * tokens.shape[1]
    for sequence in tokens:

        def silence(activation, hook):
            return activation.index_fill(1, torch.tensor([position]), 0.0)

        before = model(sequence[None])[0].double()
        after = model.run_with_hooks(sequence[None], fwd_hooks=[(name, silence)])[0].double()
        for place, change in enumerate((after - before).abs().tolist()):
            farthest[place] = max(farthest[place], *change)
    return farthest
