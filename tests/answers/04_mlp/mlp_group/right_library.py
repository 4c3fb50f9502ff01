# The library's zero ablation.
from glasslab.interventions import run_with, zero_ablate


def group_cost(model, tokens, labels, group):
    clean = loss_of(model(tokens), labels)
    costs = [loss_of(run_with(model, tokens, zero_ablate(POST, [i])), labels) for i in group]
    both = loss_of(run_with(model, tokens, zero_ablate(POST, group)), labels)
    return {"singles": sum(costs) - len(group) * clean, "together": both - clean}
