# Sequence by sequence and head by head.
def score_parts(weights, tokens, scale):
    names = ["token_token", "token_position", "position_token", "position_position", "biases"]
    found = {name: [] for name in names}
    for sequence, divisor in zip(tokens, scale):
        token = weights["W_E"][sequence] / divisor
        place = weights["W_pos"][: len(sequence)] / divisor
        rows = {name: [] for name in names}
        for Q, b_Q, K, b_K in zip(*(weights[n] for n in ("W_Q", "b_Q", "W_K", "b_K"))):
            root = len(b_Q) ** 0.5
            rows["token_token"].append((token @ Q) @ (token @ K).T / root)
            rows["token_position"].append((token @ Q) @ (place @ K).T / root)
            rows["position_token"].append((place @ Q) @ (token @ K).T / root)
            rows["position_position"].append((place @ Q) @ (place @ K).T / root)
            asked = ((token + place) @ Q + b_Q) @ b_K  # [query]
            offered = ((token + place) @ K) @ b_Q  # [key]
            rows["biases"].append((asked[:, None] + offered[None]) / root)
        for name in names:
            found[name].append(torch.stack(rows[name]))
    return {name: torch.stack(each) for name, each in found.items()}
