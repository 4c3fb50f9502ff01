# Without a second run: normalises and unembeds the edited stream itself, in float64.
def without_direct_path(model, tokens):
    w = {name: weight.double() for name, weight in model.state_dict().items()}
    _, cache = model.run_with_cache(tokens)
    stream = cache["blocks.0.hook_attn_out"].double()
    stream = stream + cache["blocks.0.hook_resid_pre"].double().mean(0, keepdim=True)
    if "ln_final.weight" in w:
        stream = torch.nn.functional.layer_norm(
            stream, stream.shape[-1:], w["ln_final.weight"], w["ln_final.bias"], model.cfg.eps
        )
    return stream @ w["unembed.weight"].T + w["unembed.bias"]
