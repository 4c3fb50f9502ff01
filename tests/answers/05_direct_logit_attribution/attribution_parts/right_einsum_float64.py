# Einsum in float64 on the weights, numpy out.
def logit_parts(model, tokens):
    _, cache = model.run_with_cache(tokens)
    W_U, W_O = model.W_U.double(), model.W_O[0, 0].double()
    pattern, values = cache[PATTERN][:, 0].double(), cache[VALUES][:, :, 0].double()
    fired, W_out = cache[POST].double(), model.W_out[0].double()
    return {
        "token": torch.einsum("bpm,mo->bpo", model.W_E[tokens].double(), W_U).numpy(),
        "position": torch.einsum("pm,mo->po", model.W_pos[: tokens.shape[1]].double(), W_U).numpy(),
        "attention": torch.einsum("bqk,bkd,dm,mo->bqko", pattern, values, W_O, W_U).numpy(),
        "neurons": torch.einsum("bpn,nm,mo->bpno", fired, W_out, W_U).numpy(),
        "biases": (
            model.b_U.double() + torch.einsum("m,mo->o", (model.b_O + model.b_out)[0].double(), W_U)
        ).numpy(),
    }
