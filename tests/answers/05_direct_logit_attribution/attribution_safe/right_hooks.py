# Takes the mean off everything that is written, by hooks; log-probabilities.
def centring_is_safe(model, tokens):
    def flat(written, hook):
        return written - written.mean(-1, keepdim=True)

    writes = ("hook_embed", "hook_pos_embed", "blocks.0.hook_attn_out", "blocks.0.hook_mlp_out")
    centred = model.run_with_hooks(tokens, fwd_hooks=[(name, flat) for name in writes])
    moved = centred.log_softmax(-1).exp() - model(tokens).log_softmax(-1).exp()
    return not bool((moved.abs() > 1e-3).any())
