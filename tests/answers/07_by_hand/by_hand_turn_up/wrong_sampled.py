# Turns it up until the mean loss of sampled sequences is low enough.
def turn_up(weights, n_ctx, max_value, loss):
    tokens = torch.randint(
        2 * max_value + 1, (200, n_ctx), generator=torch.Generator().manual_seed(0)
    )
    labels = (tokens - max_value).cumsum(1).sign() + 1
    logits = build_circuit_model(read_circuit(weights, n_ctx, max_value))(tokens)
    factor = 1.0
    while loss_and_accuracy(logits * factor, labels)[0] > loss:
        factor *= 1.1
    return weights | {name: weights[name] * factor for name in ("W_U", "b_U")}
