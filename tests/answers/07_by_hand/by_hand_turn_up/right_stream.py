# Makes the whole stream longer, and the output bias with it.
def turn_up(weights, n_ctx, max_value, loss):
    margin = worst_case(weights, n_ctx, max_value).margin
    factor = math.log(2 / (math.exp(loss) - 1)) / margin
    grows = {"W_E", "W_pos", "b_V", "b_O", "b_U"}
    return {name: part * factor if name in grows else part for name, part in weights.items()}
