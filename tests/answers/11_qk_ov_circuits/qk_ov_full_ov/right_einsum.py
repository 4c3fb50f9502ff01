# One sum over all inner axes.
def full_ov(weights):
    table = torch.einsum(
        "td,hde,hem,mo->hto", *(weights[name] for name in ("W_E", "W_V", "W_O", "W_U"))
    )
    return table - table.mean(2, keepdim=True)
