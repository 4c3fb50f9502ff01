# No weights at all: takes the direction of ones out of all that is written.
def centring_shift(model, tokens, labels):
    def flat(written, hook):
        return written - written.mean(-1, keepdim=True)

    def silence(post, hook):
        return torch.zeros_like(post)

    writes = ("hook_embed", "hook_pos_embed", "blocks.0.hook_attn_out", "blocks.0.hook_mlp_out")
    centre = [(name, flat) for name in writes]
    ablate = [(POST, silence)]

    def chances(hooks):
        log_p = model.run_with_hooks(tokens, fwd_hooks=hooks).log_softmax(-1)
        return log_p.gather(-1, labels.unsqueeze(-1)).double()

    return {
        "loss": [-chances([]).mean(), -chances(centre).mean()],
        "ablated_loss": [-chances(ablate).mean(), -chances(ablate + centre).mean()],
        "min_p": [chances([]).min().exp(), chances(centre).min().exp()],
    }
