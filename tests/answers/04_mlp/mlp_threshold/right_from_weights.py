# The neurons' inputs from the residual stream and the weights; covariance over variance.
def switch_on(model, tokens):
    _, cache = model.run_with_cache(tokens)
    pre = cache["blocks.0.hook_resid_mid"] @ model.W_in[0] + model.b_in[0]
    x = running_mean(tokens).flatten()
    result = {"threshold": [], "agreement": []}
    for y in pre.flatten(0, 1).T:
        covariance = torch.cov(torch.stack([x, y]).double())
        slope = covariance[0, 1] / covariance[0, 0]
        intercept = y.double().mean() - slope * x.double().mean()
        result["threshold"].append((-intercept / slope).item())
        result["agreement"].append(
            (((slope * x + intercept) > 0) == (y > 0)).double().mean().item()
        )
    return result
