# Makes the embeddings longer, and leaves the thresholds where they were.
def turn_up(weights, n_ctx, max_value, loss):
    margin = math.log(2 / math.expm1(loss))
    factor = margin / worst_case(weights, n_ctx, max_value).margin
    return weights | {name: weights[name] * factor for name in ("W_E",) if name in weights}
