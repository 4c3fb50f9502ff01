# The library's zero ablation, and a correlation from means of products.
from glasslab.interventions import run_with, zero_ablate


def correlation_and_cost(model, tokens, labels):
    x = running_mean(tokens).double()
    _, cache = model.run_with_cache(tokens)
    correlation, cost = [], []
    base = loss_of(model(tokens), labels)
    for i in range(8):
        y = cache[PRE][..., i].double()
        covariance = (x * y).mean() - x.mean() * y.mean()
        correlation.append(float(covariance / (x.std(correction=0) * y.std(correction=0))))
        cost.append(loss_of(run_with(model, tokens, zero_ablate(POST, [i])), labels) - base)
    return {"correlation": correlation, "cost": cost}
