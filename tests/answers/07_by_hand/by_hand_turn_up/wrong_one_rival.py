# Counts one rival where there are two.
def turn_up(weights, n_ctx, max_value, loss):
    margin = math.log(1 / math.expm1(loss))
    factor = margin / worst_case(weights, n_ctx, max_value).margin
    return weights | {name: weights[name] * factor for name in ("W_U", "b_U") if name in weights}
