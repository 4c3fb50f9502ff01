# One position after the other, in float64, with Python sums.
def push_for_zero(model, tokens, low, high):
    _, cache = model.run_with_cache(tokens)
    W = model.W_U.double()
    read = W[:, 1] - (W[:, 0] + W[:, 1] + W[:, 2]) / 3
    bias = (model.b_O[0] + model.b_out[0]).double() @ read
    bias = bias + model.b_U[1].double() - model.b_U.double().mean()
    pattern, values = cache[PATTERN][:, 0].double(), cache[VALUES][:, :, 0].double()
    out = dict.fromkeys(PARTS, 0.0)
    count = 0
    for position in range(tokens.shape[1]):
        means = decode(tokens[:, : position + 1]).double().mean(1)
        chosen = (means > low) & (means < high)
        n = int(chosen.sum())
        count += n
        z = torch.einsum("bk,bkd->bd", pattern[:, position], values)
        out["token"] += float((model.W_E[tokens[:, position]].double() @ read)[chosen].sum())
        out["position"] += n * float(model.W_pos[position].double() @ read)
        out["attention"] += float((z @ model.W_O[0, 0].double() @ read)[chosen].sum())
        out["neurons"] += float(
            (cache[POST][:, position].double() @ model.W_out[0].double() @ read)[chosen].sum()
        )
        out["biases"] += n * float(bias)
    return {name: value / count for name, value in out.items()}
