# The logits' exact parts, in float64.
def group_cost(model, tokens, labels, group):
    logits, cache = model.run_with_cache(tokens)
    parts = torch.einsum(
        "bpn,nc->nbpc", cache[POST].double(), (model.W_out[0] @ model.W_U).double()
    )
    logits = logits.double()

    def loss(z):
        return -z.log_softmax(-1).gather(-1, labels[..., None]).mean()

    together = loss(logits - parts[group].sum(0)) - loss(logits)
    singles = torch.stack([loss(logits - parts[i]) - loss(logits) for i in group]).sum()
    return {"together": together, "singles": singles}
