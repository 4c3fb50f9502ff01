# Keeps token ids all along and undoes the offset in the sum.
def tokens_from_draws(first, magnitudes, against, max_value):
    tokens = (first + max_value).unsqueeze(1)
    for m, a in zip(magnitudes.unbind(1), against.unbind(1)):
        total = tokens.sum(1) - max_value * tokens.shape[1]
        down = torch.logical_not(torch.logical_xor(total > 0, a))
        step = m.clone()
        step[down] *= -1
        tokens = torch.cat([tokens, (step + max_value)[:, None]], dim=1)
    return tokens
