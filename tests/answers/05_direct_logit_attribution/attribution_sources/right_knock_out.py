# Measured: what the head writes with each source taken away.
def source_contributions(model, tokens):
    written = {}

    def read(activation, hook):
        written["now"] = activation.clone()
        return activation

    def without(source):
        def edit(pattern, hook):
            pattern = pattern.clone()
            if source is not None:
                pattern[..., source] = 0
            return pattern

        model.run_with_hooks(tokens, fwd_hooks=[(PATTERN, edit), ("blocks.0.hook_attn_out", read)])
        return written["now"].double()

    whole = without(None)
    lost = [(whole - without(source)) @ model.W_U.double() for source in range(tokens.shape[1])]
    return torch.stack(lost, dim=2)
