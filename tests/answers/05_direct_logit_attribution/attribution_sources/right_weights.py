# Values computed from the embeddings, biases from the state dict, the pattern from a hook.
def source_contributions(model, tokens):
    seen = {}

    def keep(pattern, hook):
        seen["pattern"] = pattern[:, 0].detach().clone()
        return pattern

    model.run_with_hooks(tokens, fwd_hooks=[(PATTERN, keep)])
    stream = model.W_E[tokens] + model.W_pos[: tokens.shape[1]]
    weights = model.state_dict()
    values = F.linear(stream, weights["blocks.0.attn.v.weight"], weights["blocks.0.attn.v.bias"])
    said = F.linear(values, weights["blocks.0.attn.o.weight"]) @ model.W_U
    return seen["pattern"].unsqueeze(-1) * said.unsqueeze(1)
