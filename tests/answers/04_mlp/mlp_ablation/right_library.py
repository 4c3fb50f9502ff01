# The course library's own interventions.
from glasslab.interventions import mean_ablate, resample_ablate, run_with, zero_ablate


def ablation_cost(model, tokens, labels, neurons, kind, order):
    cuts = {
        "zero": lambda: zero_ablate("blocks.0.mlp.hook_post", neurons),
        "mean": lambda: mean_ablate("blocks.0.mlp.hook_post", neurons),
        "resample": lambda: resample_ablate("blocks.0.mlp.hook_post", torch.tensor(order), neurons),
    }

    def loss(logits):
        return F.cross_entropy(logits.reshape(-1, 3), labels.reshape(-1)).item()

    return loss(run_with(model, tokens, cuts[kind]())) - loss(model(tokens))
