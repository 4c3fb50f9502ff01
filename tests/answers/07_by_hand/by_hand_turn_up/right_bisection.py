# Finds the factor by bisection on the worst loss itself.
def turn_up(weights, n_ctx, max_value, loss):
    def louder(factor):
        return {**weights, "W_U": weights["W_U"] * factor, "b_U": weights["b_U"] * factor}

    low, high = 0.0, 17.0
    for _ in range(17):
        middle = (low + high) / 2
        if worst_case(louder(2**middle), n_ctx, max_value).loss > loss:
            low = middle
        else:
            high = middle
    return louder(2**high)
