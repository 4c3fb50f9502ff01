# Takes the margin that is needed for the factor.
def turn_up(weights, n_ctx, max_value, loss):
    margin = math.log(2 / math.expm1(loss))
    factor = margin
    return weights | {name: weights[name] * factor for name in ("W_U", "b_U") if name in weights}
