# A mask over heads, losses from gathered log-probabilities in float64.
def ablation_cost(model, tokens, labels):
    asked = labels != UNSCORED

    def loss(keep):
        mask = keep[None, None, :, None]
        edit = lambda z, hook: mask * z + (1 - mask) * z.mean(0, keepdim=True)
        logits = model.run_with_hooks(tokens, fwd_hooks=[(HEAD_OUTPUTS, edit)]).double()
        return -logits.log_softmax(-1)[asked].gather(-1, labels[asked, None]).mean()

    n = model.cfg.n_heads
    all_heads = torch.ones(n)
    return torch.stack([loss(1 - row) for row in torch.eye(n)]) - loss(all_heads)
