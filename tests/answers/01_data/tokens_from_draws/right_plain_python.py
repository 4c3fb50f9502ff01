# Walks through one sequence at a time in plain Python.
def one_sequence(value, magnitudes, against):
    values = [value]
    for magnitude, is_against in zip(magnitudes, against):
        if sum(values) > 0:
            direction = -1 if is_against else 1
        else:
            direction = 1 if is_against else -1
        values.append(direction * magnitude)
    return values


def tokens_from_draws(first, magnitudes, against, max_value):
    rows = zip(first.tolist(), magnitudes.tolist(), against.tolist())
    return torch.tensor([one_sequence(*row) for row in rows]) + max_value
