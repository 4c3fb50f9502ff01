# Regresses the value on what the operated head writes for single tokens.
def rewire(model):
    each = head_writes(model, torch.arange(11)[:, None])[:, 0].double()
    centre = each.mean(0)
    reading = torch.linalg.pinv(each - centre, rtol=1e-2) @ torch.arange(-5, 6).double()
    start = centre @ reading
    zero = torch.zeros_like(reading)
    b_U = [start.item(), 0.5 / model.cfg.n_ctx, -start.item()]
    return {"W_U": torch.stack([-reading, zero, reading], -1).tolist(), "b_U": b_U}
